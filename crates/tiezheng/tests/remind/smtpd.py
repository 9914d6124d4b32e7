"""A real SMTP server for one test: aiosmtpd, told by JSON how to be; a line of JSON for each message it takes."""
import asyncio
import json
import ssl
import sys
from email import message_from_bytes
from email.policy import default

from aiosmtpd.smtp import SMTP, AuthResult

told = json.loads(sys.argv[1])


def say(**line):
    print(json.dumps(line), flush=True)


class Handler:
    async def handle_DATA(self, server, session, envelope):
        if told.get("refuse"):
            return "451 4.3.0 try again\x1b[31m later"
        mail = message_from_bytes(envelope.content, policy=default)
        say(sender=envelope.mail_from, to=envelope.rcpt_tos, headers=[[k, str(v)] for k, v in mail.items()],
            text=mail.get_content().replace("\r\n", "\n"), tls=server.transport.get_extra_info("ssl_object") is not None,
            login=bool(session.authenticated))
        return "250 OK"


def sign_in(server, session, envelope, mechanism, data):
    right = (data.login, data.password) == (told["user"].encode(), told["password"].encode())
    return AuthResult(success=right, handled=right)


async def main():
    context = None
    if told.get("certificate"):
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(told["certificate"], told["key"])
    starttls = told.get("tls") == "starttls"
    more = {}
    if told.get("user"):
        more = {"authenticator": sign_in, "auth_required": True, "auth_require_tls": told.get("tls") == "starttls"}
    make = lambda: SMTP(Handler(), hostname="mail.test", tls_context=context if starttls else None,
                        require_starttls=starttls, enable_SMTPUTF8=True, **more)
    server = await asyncio.get_running_loop().create_server(
        make, "127.0.0.1", told.get("port", 0), ssl=context if told.get("tls") == "tls" else None)
    asyncio.get_running_loop().add_reader(sys.stdin, lambda: sys.stdin.readline() and say(end=True))
    say(port=server.sockets[0].getsockname()[1])
    await server.serve_forever()


asyncio.run(main())
