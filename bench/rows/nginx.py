"""nginx with nothing but what a row needs, in the foreground, as a child of ours."""
import pathlib
import shutil

from rows.product import Server, free_port

CONF = """
daemon off;
worker_processes 2;
user root;
pid {home}/nginx.pid;
error_log {home}/error.log;
events {{ worker_connections 64; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000;
    client_max_body_size 0;
    client_body_temp_path {home}/body;
    proxy_temp_path {home}/t1;
    fastcgi_temp_path {home}/t2;
    uwsgi_temp_path {home}/t3;
    scgi_temp_path {home}/t4;
    server {{
        listen 127.0.0.1:{port};
        root {root};
        location / {{ {more} }}
    }}
}}
"""


def nginx(home: pathlib.Path, root: pathlib.Path, more: str = "") -> Server:
    port = free_port()
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    conf = home / "nginx.conf"
    conf.write_text(CONF.format(home=home, root=root, port=port, more=more))
    return Server([program, "-p", home, "-c", conf], listen="", port=port)
