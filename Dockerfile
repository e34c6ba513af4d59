# passrole serve on port 4566, with moto and the AWS CLI for init scripts. docs/gateway.md tells how to run it.
FROM python:3.13-slim AS build
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY src ./src
RUN python -m venv /opt/passrole \
 && /opt/passrole/bin/pip install --no-cache-dir '.[gateway]' \
 # Apart, because it wants a botocore of its own version.
 && python -m venv /opt/awscli \
 && /opt/awscli/bin/pip install --no-cache-dir awscli

FROM python:3.13-slim
COPY --from=build /opt/passrole /opt/passrole
COPY --from=build /opt/awscli /opt/awscli
RUN ln -s /opt/passrole/bin/passrole /opt/awscli/bin/aws /usr/local/bin/ \
 && useradd --create-home --uid 10001 passrole \
 && install --directory --owner=passrole --group=passrole --mode=0700 /data \
 # For what init scripts hand to other containers.
 && install --directory --owner=passrole --group=passrole --mode=0755 /shared
USER passrole
# The account's file is /data/passrole/account.db.
ENV XDG_DATA_HOME=/data \
    PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 4566
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:4566/_passrole/health', timeout=4)"]
# All addresses of the container; which of them others reach is for whoever publishes the port.
ENTRYPOINT ["passrole", "serve", "--host", "0.0.0.0", "--allow-other-machines", "--port", "4566"]
