# The server with the join page and the media worker. Build it with: docker build -t televisit .

FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
ENV TELEVISIT_CACHE=/cache
# The inputs of packages and worker come first, so that a code change does not install and build them again.
COPY package.json package-lock.json .npmrc ./
COPY shared/package.json shared/
COPY server/package.json server/
COPY client/package.json client/
COPY api-client/package.json api-client/
COPY test/package.json test/
COPY scripts scripts
# The same set-up as on any machine: the official prebuilt worker or, if it cannot be downloaded, one built from source.
RUN node scripts/setup.mjs --worker \
  && cp /cache/televisit/mediasoup-worker-* /mediasoup-worker
COPY tsconfig.base.json ./
COPY shared shared
COPY client client
COPY server server
RUN node scripts/setup.mjs
RUN npm prune --omit=dev --ignore-scripts

FROM node:24.21.0-bookworm-slim
# Libraries for a worker that was built from source; the prebuilt one contains its own. FFmpeg composes recordings.
RUN apt-get update \
  && apt-get install -y --no-install-recommends \
    ffmpeg fonts-dejavu-core libabsl20220623 libsrtp2-1 libssl3 libuv1 \
  && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production \
  DATA_DIR=/data \
  MEDIASOUP_WORKER_BIN=/usr/local/bin/mediasoup-worker
COPY --from=build /mediasoup-worker /usr/local/bin/mediasoup-worker
# A working worker exits with 41 if started without a version. Any other result would only surface at the first visit.
RUN mediasoup-worker; test $? -eq 41
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/shared shared
COPY --from=build /app/server server
COPY --from=build /app/client/package.json client/
COPY --from=build /app/client/dist client/dist
RUN install -d -o node -g node /data
USER node
VOLUME /data
EXPOSE 3000 40000/udp 40000/tcp 40001/udp 40001/tcp
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/livez`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "server/src/main.ts"]
