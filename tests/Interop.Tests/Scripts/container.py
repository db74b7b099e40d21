"""Executes a Dockerfile without a container engine, and runs what comes out: container.py TREE FOLDER [NAME=VALUE...]

To be run as root in a mount namespace of its own (unshare -m). Each stage is an overlay over this machine's root, which stands for the
base images; its files end with the namespace. FOLDER is an empty mount point; what lies below it as FOLDER/etc is copied over the
image's /etc/sshgateway before the start, as a mounted volume would be. NAME=VALUE are variables of the container.

Prints 'serving' when the health check, which failed before the start, has passed; ends the container when standard input ends, and
exits with its status. Instructions it does not know are errors.
"""
import json
import os
import re
import shlex
import subprocess
import sys
import time

tree, base, variables = sys.argv[1], sys.argv[2], dict(item.split("=", 1) for item in sys.argv[3:])


def call(*command, **options):
    subprocess.run(command, check=True, **options)


class Stage:
    def __init__(self, name):
        self.root = f"{base}/{name}/root"
        for folder in ("upper", "work", "root"):
            os.makedirs(f"{base}/{name}/{folder}")
        layers = f"lowerdir=/,upperdir={base}/{name}/upper,workdir={base}/{name}/work"
        call("mount", "-t", "overlay", "overlay", "-o", layers, self.root)
        for folder in ("proc", "dev", "sys"):
            call("mount", "--rbind", f"/{folder}", f"{self.root}/{folder}")
        call("mount", "-t", "tmpfs", "tmpfs", f"{self.root}/tmp")
        self.environment, self.folder, self.user = {}, "/", "root"
        self.entry, self.command, self.health, self.volumes = [], [], [], []

    def path(self, name):
        return self.root + os.path.join(self.folder, name)

    def start(self, command, **options):
        """A process in the image, as its user, with nothing of this environment but what the base image would have."""
        environment = {"PATH": os.environ["PATH"], "HOME": "/root", **self.environment}
        become = ["setpriv", f"--reuid={self.user}", f"--regid={self.user}", "--init-groups"] if self.user != "root" else []
        return subprocess.Popen(["chroot", self.root, *become, *command], env=environment, **options)

    def run(self, script):
        if self.start(["/bin/sh", "-c", f"cd {self.folder} && {script}"]).wait() != 0:
            sys.exit(f"RUN failed: {script}")


def instructions():
    text = re.sub(r"^\s*#.*\n", "", open(f"{tree}/Dockerfile").read(), flags=re.M)
    for line in re.sub(r"\\\n", " ", text).splitlines():
        if line.strip():
            word, rest = line.split(None, 1)
            yield word.upper(), rest.strip()


def context():
    """Files of the working tree that a build gets, those of .dockerignore left out."""
    listed = subprocess.run(["git", "-C", tree, "ls-files", "-zco", "--exclude-standard"], check=True, capture_output=True, text=True).stdout
    ignored = [line.strip().rstrip("/").removeprefix("**/") for line in open(f"{tree}/.dockerignore") if line.strip()]
    for name in filter(None, listed.split("\0")):
        parts = name.split("/")
        if os.path.lexists(f"{tree}/{name}") and not any(entry in parts or name == entry or name.startswith(entry + "/") for entry in ignored):
            yield name


def copy(stage, stages, rest):
    words = shlex.split(rest)
    if words[0].startswith("--from="):
        source, target = stages[words[0][7:]].root + words[1], stage.path(words[2])
        os.makedirs(target, exist_ok=True)
        call("cp", "-a", source + "/.", target)
        return
    if words != [".", "."]:
        sys.exit(f"COPY is only known for the whole tree and --from (found '{rest}')")
    target = stage.path(".")
    names = "\0".join(context()).encode()
    call("cp", "--parents", "-a", "--no-preserve=ownership", "-t", target, "--", *names.decode().split("\0"), cwd=tree)


def build():
    stages, arguments, stage = {}, {}, None
    for word, rest in instructions():
        if word == "ARG":
            name, value = rest.split("=", 1)
            arguments[name] = value
        elif word == "FROM":
            image, *name = re.split(r"\s+AS\s+", rest, flags=re.I)
            if image.strip("${}") not in arguments:
                sys.exit(f"FROM {image}: the base image is no build argument")
            stage = stages[name[0] if name else ""] = Stage(name[0] if name else "final")
        elif word == "WORKDIR":
            stage.folder = rest
            os.makedirs(stage.path("."), exist_ok=True)
        elif word == "COPY":
            copy(stage, stages, rest)
        elif word == "RUN":
            stage.run(rest)
        elif word == "ENV":
            stage.environment.update(item.split("=", 1) for item in shlex.split(rest))
        elif word == "USER":
            stage.user = rest
        elif word == "VOLUME":
            stage.volumes = json.loads(rest)
        elif word == "ENTRYPOINT":
            stage.entry = json.loads(rest)
        elif word == "CMD":
            stage.command = json.loads(rest)
        elif word == "HEALTHCHECK":
            stage.health = json.loads(rest[rest.index("["):])
        elif word not in ("EXPOSE", "STOPSIGNAL"):
            sys.exit(f"{word} is not known")
    return stages[""]


def main():
    call("mount", "-t", "tmpfs", "tmpfs", base)
    mounted = os.environ["CONTAINER_ETC"]
    image = build()
    for volume in image.volumes:
        if not os.path.isdir(image.root + volume):
            sys.exit(f"the volume {volume} is no folder of the image")
    call("cp", "-r", mounted + "/.", image.root + "/etc/sshgateway")
    image.environment.update(variables)
    healthy = lambda: image.start(image.health, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).wait() == 0
    if healthy():
        sys.exit("the health check passes before the start")
    container = image.start(image.entry + image.command)
    while not healthy():
        if container.poll() is not None:
            sys.exit(f"the container ended with status {container.returncode}")
        time.sleep(0.2)
    print("serving", flush=True)
    sys.stdin.read()
    container.terminate()
    sys.exit(container.wait())


main()
