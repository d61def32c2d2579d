# One image for the three services and the `prasan` command; what differs is the command it runs.

FROM python:3.13-slim-trixie AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
RUN python -m venv /opt/prasan
# The locked dependencies first: their layer stays while only our own code changes.
COPY requirements.txt ./
RUN /opt/prasan/bin/pip install --requirement requirements.txt
COPY pyproject.toml README.md ./
COPY shared shared
COPY services services
COPY prasan prasan
RUN pip wheel --no-deps --wheel-dir /wheels . \
    && /opt/prasan/bin/pip install --no-deps --no-index /wheels/*.whl \
    && /opt/prasan/bin/python -m compileall -q /opt/prasan/lib

FROM python:3.13-slim-trixie
# /definitions is where the one-shot service writes what RabbitMQ loads; a fresh volume takes its owner.
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin prasan \
    && install --directory --owner prasan --group prasan /definitions
COPY --from=build /opt/prasan /opt/prasan
ENV PATH=/opt/prasan/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER prasan
WORKDIR /opt/prasan
CMD ["python", "-m", "services.projects"]
