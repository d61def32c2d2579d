# One image for the three services and the `prasan` command; what differs is the command it runs.
# Everything that goes in is fixed: the base by its version, Python packages by requirements.txt.

FROM python:3.13.13-slim-trixie AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_COMPILE=1 SOURCE_DATE_EPOCH=1767225600
WORKDIR /build
RUN python -m venv --without-pip /opt/prasan
# The locked dependencies first: their layer stays while only our own code changes.
COPY requirements.txt ./
RUN pip --python /opt/prasan/bin/python install --no-deps --requirement requirements.txt
COPY pyproject.toml README.md ./
COPY shared shared
COPY services services
COPY prasan prasan
# Of a thousand locales Prasan speaks two.
RUN pip wheel --no-deps --wheel-dir /wheels . \
    && pip --python /opt/prasan/bin/python install --no-deps --no-index /wheels/*.whl \
    && find /opt/prasan -path '*/babel/locale-data/*' ! -name 'root.dat' ! -name 'en*.dat' ! -name 'th*.dat' -delete \
    && python -m compileall -q --invalidation-mode unchecked-hash /opt/prasan/lib

FROM python:3.13.13-slim-trixie
# The folders are where volumes are mounted; a fresh volume takes their owner. No service needs pip.
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin prasan \
    && install --directory --owner prasan --group prasan /definitions /metrics-token /data \
    && rm -rf /usr/local/lib/python3.13/site-packages/pip* /usr/local/lib/python3.13/ensurepip \
        /usr/local/bin/pip*
COPY --from=build /opt/prasan /opt/prasan
ENV PATH=/opt/prasan/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=/tmp
USER 10001:10001
WORKDIR /opt/prasan
# Alive, not ready: a service whose broker is down goes on taking reports, and is not to be restarted for it.
HEALTHCHECK --interval=5s --timeout=5s --retries=6 --start-period=60s \
    CMD ["python", "-m", "shared.alive"]
CMD ["python", "-m", "services.projects"]
