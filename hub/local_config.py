"""JupyterHub on this computer alone, for trying it out: `python3 start.py hub`.

Everybody who logs in gets a server of their own, with a folder of their own under `my_hub/`, but
all of them run as you: there is no wall between them. So the hub listens on 127.0.0.1 only and
asks for a password. For a class take hub/values.yaml or The Littlest JupyterHub instead
(teaching/hub.md).
"""

import os
import secrets
import socket
import sys
from pathlib import Path

c = get_config()  # noqa: F821 (JupyterHub puts it there)

HUB = Path(__file__).resolve().parent
FOLDER = Path(os.environ.get("COURSE_HUB_FOLDER") or HUB.parent / "my_hub").resolve()
PASSWORD = os.environ.get("COURSE_HUB_PASSWORD") or secrets.token_urlsafe(8)
ME = "127.0.0.1"


def free_ports(first: int) -> list[int]:
    """Three free ports: for the browser, the proxy's own use, and the hub's."""
    found: list[int] = []
    for port in range(first, first + 200):
        with socket.socket() as probe:
            if probe.connect_ex((ME, port)) != 0:
                found.append(port)
        if len(found) == 3:
            return found
    raise SystemExit(f"Ports {first} to {first + 199} are taken; set COURSE_HUB_PORT to another.")


front, proxy, hub = free_ports(int(os.environ.get("COURSE_HUB_PORT") or 8000))
FOLDER.mkdir(mode=0o700, parents=True, exist_ok=True)

c.JupyterHub.log_level = "WARN"
c.ConfigurableHTTPProxy.log_level = "warn"
c.JupyterHub.bind_url = f"http://{ME}:{front}"
c.JupyterHub.hub_bind_url = f"http://{ME}:{hub}"
c.ConfigurableHTTPProxy.api_url = f"http://{ME}:{proxy}"
c.ConfigurableHTTPProxy.command = [
    str(Path(sys.prefix, "proxy", "node_modules", ".bin", "configurable-http-proxy"))
]
c.ConfigurableHTTPProxy.pid_file = str(FOLDER / "proxy.pid")
c.JupyterHub.db_url = f"sqlite:///{FOLDER / 'hub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(FOLDER / "cookie_secret")
c.JupyterHub.cleanup_servers = True

c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = PASSWORD
c.Authenticator.allow_all = True
c.Authenticator.username_pattern = r"[a-z0-9][a-z0-9._-]{0,30}"  # it names a folder

c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = str(FOLDER / "users" / "{username}")
c.Spawner.cmd = [sys.executable, "-m", "jupyterhub.singleuser"]
c.Spawner.notebook_dir = "~"
c.Spawner.default_url = "/course"
c.Spawner.start_timeout = c.Spawner.http_timeout = 180
c.Spawner.environment = {"JUPYTER_CONFIG_PATH": str(HUB), "OPENBLAS_NUM_THREADS": "1"}
if os.name == "posix" and os.geteuid() == 0:
    c.Spawner.args = ["--allow-root"]

print(
    f"The hub comes up at http://{ME}:{front}: any name, password {PASSWORD}. Ctrl-C ends it.",
    flush=True,
)
