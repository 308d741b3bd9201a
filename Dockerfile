# The tool itself as an image: no root, no shell needed, no network while it builds. `docker/build` prepares build/image.
# BASE is any image with Python 3.11; without a registry the sandbox's own Debian base does.
ARG BASE=python:3.11-slim-bookworm
FROM ${BASE}

COPY build/image/site /opt/responder

ENV PATH=/opt/responder/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONPATH=/opt/responder \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    RESPONDER_OUT=/out

USER 10001:10001
WORKDIR /work
ENTRYPOINT ["magentic-one-responder"]
CMD ["--help"]
