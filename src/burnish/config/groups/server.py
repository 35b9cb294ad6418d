"""Serving over HTTP."""

from pathlib import Path

from burnish.config.flag import flag, group


@group()
class ServerGroup:
    """Server: address, keys and statistics of an HTTP server."""

    host: str = flag(
        "127.0.0.1",
        "Address to listen on; 0.0.0.0 lets other machines in.",
        aliases=("server_name",),
        hot=True,
    )
    port: int = flag(8000, "Port to listen on.", ge=0, le=65535, aliases=("server_port",))
    api_key: str | None = flag(None, "Key every request must bring.", secret=True, later=True)
    ssl_keyfile: Path | None = flag(None, "Private key for HTTPS.", later=True)
    ssl_certfile: Path | None = flag(None, "Certificate for HTTPS.", later=True)
    log_interval: int = flag(
        10, "Seconds between two lines of statistics; 0: none.", ge=0, later=True
    )
