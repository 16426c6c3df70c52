"""The one image of the test pods, built here from pause.c: none is pulled."""
import hashlib
import io
import json
import os
import subprocess
import tarfile

HERE = os.path.dirname(os.path.abspath(__file__))
PAUSE = "localhost/costs/pause:1"


def image(folder):
    """An OCI archive with one layer that holds the static binary."""
    binary = os.path.join(folder, "pause")
    subprocess.run(["cc", "-O2", "-static", "-s", "-o", binary, os.path.join(HERE, "pause.c")], check=True)
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as t:
        t.add(binary, "pause")
    blobs = {}

    def blob(data, kind):
        digest = hashlib.sha256(data).hexdigest()
        blobs[digest] = data
        return {"mediaType": kind, "digest": "sha256:" + digest, "size": len(data)}

    lay = blob(layer.getvalue(), "application/vnd.oci.image.layer.v1.tar")
    arch = {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)
    conf = blob(json.dumps({"architecture": arch, "os": "linux", "config": {"Entrypoint": ["/pause"]},
                            "rootfs": {"type": "layers", "diff_ids": [lay["digest"]]}}).encode(), "application/vnd.oci.image.config.v1+json")
    man = blob(json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": conf,
                           "layers": [lay]}).encode(), "application/vnd.oci.image.manifest.v1+json")
    man["annotations"] = {"io.containerd.image.name": PAUSE, "org.opencontainers.image.ref.name": PAUSE}
    path = os.path.join(folder, "pause.tar")
    with tarfile.open(path, "w") as t:
        def put(name, data):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            t.addfile(info, io.BytesIO(data))
        put("oci-layout", b'{"imageLayoutVersion":"1.0.0"}')
        put("index.json", json.dumps({"schemaVersion": 2, "manifests": [man]}).encode())
        for digest, data in blobs.items():
            put("blobs/sha256/" + digest, data)
    return path
