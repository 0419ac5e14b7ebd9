"""The cluster's certificate authority, what it signs, and kubeconfigs made of that."""

from __future__ import annotations

import base64
import datetime as dt
import ipaddress
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_LIFE = dt.timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class Signed:
    """A certificate and its key, in PEM."""

    certificate: Path
    key: Path


class Authority:
    """Makes its own certificate in an empty folder, and others beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.certificate = folder / "ca.crt"
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("nbcode test cluster")
        folder.mkdir(parents=True)
        signs = x509.KeyUsage(
            digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False, key_encipherment=False,
            data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
        )  # fmt: skip
        own = (
            self._begun(self._name, self._key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(signs, critical=True)
        )
        _write_certificate(self.certificate, own.sign(self._key, hashes.SHA256()))
        _write_key(folder / "ca.key", self._key)

    def sign(
        self, name: str, *, group: str = "", addresses: Sequence[str] = (), names: Sequence[str] = ()
    ) -> Signed:
        """For ``name``, of ``group``, as a client; with ``addresses`` as a server too."""
        key = ec.generate_private_key(ec.SECP256R1())
        uses = [ExtendedKeyUsageOID.CLIENT_AUTH]
        builder = self._begun(_name(name, group), key)
        if addresses:
            uses.append(ExtendedKeyUsageOID.SERVER_AUTH)
            known = [x509.IPAddress(ipaddress.ip_address(a)) for a in addresses]
            builder = builder.add_extension(
                x509.SubjectAlternativeName([*known, *map(x509.DNSName, names)]), critical=False
            )
        builder = builder.add_extension(x509.ExtendedKeyUsage(uses), critical=False)
        stem = name.replace(":", "-")
        made = Signed(certificate=self.folder / f"{stem}.crt", key=self.folder / f"{stem}.key")
        _write_certificate(made.certificate, builder.sign(self._key, hashes.SHA256()))
        _write_key(made.key, key)
        return made

    def key_pair(self, name: str) -> Signed:
        """A key that tokens are signed with; ``certificate`` is its public half."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = Signed(certificate=self.folder / f"{name}.pub", key=self.folder / f"{name}.key")
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        made.certificate.write_bytes(public)
        _write_key(made.key, key)
        return made

    def write_kubeconfig(self, path: Path, server: str, client: Signed) -> None:
        """A kubeconfig with everything in it, so that it can be copied."""
        told = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {
                    "name": "nbcode",
                    "cluster": {"server": server, "certificate-authority-data": _base64(self.certificate)},
                }
            ],
            "users": [
                {
                    "name": "nbcode",
                    "user": {
                        "client-certificate-data": _base64(client.certificate),
                        "client-key-data": _base64(client.key),
                    },
                }
            ],
            "contexts": [{"name": "nbcode", "context": {"cluster": "nbcode", "user": "nbcode"}}],
            "current-context": "nbcode",
        }
        path.touch(mode=0o600)
        path.write_text(json.dumps(told, indent=1))

    def _begun(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        now = dt.datetime.now(dt.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(hours=1))
            .not_valid_after(now + _LIFE)
        )


def _name(common: str, organisation: str = "") -> x509.Name:
    group = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation)] if organisation else []
    return x509.Name([*group, x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _write_certificate(path: Path, certificate: x509.Certificate) -> None:
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    path.touch(mode=0o600)
    form = (serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, *form))


def _base64(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()
