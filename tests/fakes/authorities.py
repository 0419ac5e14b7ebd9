"""A certificate authority of a house, which no machine knows by itself, and a server's certificate that it signed."""

from __future__ import annotations

import datetime as dt
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True, kw_only=True)
class Authority:
    """Files in PEM: its own ``certificate``, and of a server at 127.0.0.1 the certificate and the key."""

    certificate: Path
    server: Path
    key: Path


def made_authority(folder: Path) -> Authority:
    """A new one, in ``folder``."""
    own, its = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = _begun("The house", "The house", own, its=own).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    )
    host = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    server = _begun("a server", "The house", its, its=own).add_extension(host, critical=False)
    made = Authority(certificate=folder / "ca.pem", server=folder / "server.pem", key=folder / "key.pem")
    for path, builder in ((made.certificate, root), (made.server, server)):
        signed = builder.sign(own, hashes.SHA256())
        path.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    made.key.write_bytes(its.private_bytes(serialization.Encoding.PEM, *plain))
    return made


def _begun(
    subject: str, issuer: str, key: ec.EllipticCurvePrivateKey, *, its: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=2))
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(its.public_key()), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
