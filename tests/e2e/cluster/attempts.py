"""What code in a pod may try, by name: each is a statement that reaches something, or raises. The same text is a cell of a run and, as the control, a program
in the same pod without the runner's walls."""

from __future__ import annotations

import json
import re

REACHES = {
    # The network.
    "API server, TCP": "connect((api, 443))",
    "API server, HTTPS": "urllib.request.urlopen(f'https://{api}/version', timeout=3, context=ssl._create_unverified_context())",
    "API server, IPv6": "connect(('::ffff:' + api, 443), family=socket.AF_INET6)",
    "API server, a thread": "in_a_thread(lambda: connect((api, 443)))",
    "API server, a fork": "in_a_fork(lambda: connect((api, 443)))",
    "API server, C": "in_c(api, 443)",
    "API server, asyncio": "asyncio.run(asyncio.wait_for(asyncio.open_connection(api, 443), 3))",
    "object store, TCP": "connect((store, store_port))",
    "kubelet, TCP": "connect((node, 10250))",
    "node, UDP": "connect((node, 9), kind=socket.SOCK_DGRAM)",
    "DNS, UDP": "connect((dns, 53), kind=socket.SOCK_DGRAM)",
    "metadata address, UDP": "connect(('169.254.169.254', 80), kind=socket.SOCK_DGRAM)",
    "loopback, TCP": "over_loopback()",
    "a port for others": "socket.create_server(('0.0.0.0', 0))",
    # What stands beside it in the pod.
    "what was staged": "open('/in/staged.json').read()",
    "list of what was staged": "os.listdir('/in')",
    "working in what was staged": "in_the_folder('/in', 'staged.json')",
    "link to what was staged": "through_a_link('/in/staged.json')",
    "root of the process": "open('/proc/self/root/in/staged.json').read()",
    "folder by its descriptor": "os.open('staged.json', os.O_RDONLY, dir_fd=os.open('/in', os.O_PATH))",
    "what was staged, C": "libc_open('/in/staged.json')",
    "what was staged, Arrow": "pyarrow.OSFile('/in/staged.json').read()",
    "what was staged, a memory map": "pyarrow.memory_map('/in/staged.json').read()",
    "what was staged, a program": "subprocess.run(['/opt/nbcode/bin/python', '-c', 'open(\"/in/staged.json\").read()'], check=True)",
    "users of the image": "open('/etc/passwd').read()",
    "addresses of the pod": "open('/etc/hosts').read()",
    "name servers of the pod": "open('/etc/resolv.conf').read()",
    "runner's environment": "open('/proc/1/environ').read()",
    "runner's memory": "open('/proc/1/mem', 'rb')",
    "runner's files": "os.listdir('/proc/1/fd')",
    "names of the network": "open('/proc/net/route').read()",
    "pod's service address": "os.environ['KUBERNETES_SERVICE_HOST']",
    # What stays when it is over.
    "a file of its own, /tmp": "open('/tmp/left', 'w').write('x')",
    "a file of its own, shared memory": "open('/dev/shm/left', 'w').write('x')",
    "a pipe for others": "os.mkfifo('/tmp/pipe')",
    "run's end": "open('/out/run.json', 'w').write('{}')",
    "run's events": "open('/out/events.jsonl', 'a').write('{}')",
    "list of the result": "os.listdir('/out')",
    "folder beside the result": "os.mkdir('/out/more')",
}
"""Open to any program of the pod: the control reaches each."""
NOWHERE = {
    "echo request": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)",
    "metadata address, IPv6": "connect(('fd00:ec2::254', 80), kind=socket.SOCK_DGRAM, family=socket.AF_INET6)",
    "token of the service account": "open('/var/run/secrets/kubernetes.io/serviceaccount/token').read()",
    "keys of the object store": "os.environ['AWS_SECRET_ACCESS_KEY']",
    "code of the image": "open('/opt/nbcode/left', 'w').write('x')",
    "another user": "os.setuid(0)",
    "another root": "os.chroot('/tmp')",
    "another namespace": "os.unshare(os.CLONE_NEWUSER)",
    "raw packets": "socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
    "node's disk": "os.mknod('/tmp/disk', 0o600 | stat.S_IFBLK, os.makedev(8, 0))",
}
"""Closed by the pod itself: the control does not reach them either."""

_TOOLS = """
import asyncio, ctypes, json, os, socket, ssl, stat, struct, subprocess, threading, urllib.request
import pyarrow
api, dns, node, store, store_port = {places}
def connect(address, kind=socket.SOCK_STREAM, family=socket.AF_INET):
    with socket.socket(family, kind) as s:
        s.settimeout(3); s.connect(address); s.send(b"x")
def in_a_thread(action):
    left = []
    thread = threading.Thread(target=lambda: left.append(tried(action)))
    thread.start(); thread.join()
    if left != [True]: raise OSError("the thread did not")
def in_a_fork(action):
    child = os.fork()
    if child == 0: os._exit(0 if tried(action) else 1)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]): raise OSError("the child did not")
def in_c(address, port):
    libc = ctypes.CDLL(None, use_errno=True)
    place = struct.pack("=HH4s8x", 2, socket.htons(port), socket.inet_aton(address))
    made = libc.socket(2, 1, 0)
    if made < 0 or libc.connect(made, place, len(place)): raise OSError(ctypes.get_errno())
def libc_open(path):
    if ctypes.CDLL(None).open(path.encode(), 0) < 0: raise OSError(path)
def through_a_link(path):
    os.symlink(path, "link"); open("link").read()
def in_the_folder(folder, name):
    before = os.getcwd()
    os.chdir(folder)
    try:
        open(name).read()
    finally:
        os.chdir(before)
def over_loopback():
    with socket.create_server(("127.0.0.1", 0)) as server: connect(server.getsockname())
def tried(action):
    try:
        action()
        return True
    except Exception:
        return False
os.chdir(os.environ.get("ATTEMPTS_IN", "."))
found = {{}}
"""


def script(tried: dict[str, str], places: tuple[object, ...]) -> str:
    """The program that tries all of ``tried``; ``places`` are the addresses of API server, DNS, node and object store, and the store's port."""
    lines = [f"found[{name!r}] = tried(lambda: {what})" for name, what in tried.items()]
    return "\n".join(
        [_TOOLS.format(places=repr(places)), *lines, "print('FOUND', json.dumps(found), flush=True)"]
    )


def found_in(text: str) -> dict[str, bool]:
    """What was reached, of what :func:`script` printed."""
    told = re.search(r"FOUND (\{[^}]*\})", text)
    assert told is not None, text[-2000:]
    found: dict[str, bool] = json.loads(told[1].replace('\\"', '"'))
    return found
