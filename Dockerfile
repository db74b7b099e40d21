# The gateway in a container, as an ordinary user:
#   docker build -t sshgateway .
#   docker run -p 2222:2222 -e SSHGATEWAY_DEST=host -v sshgateway:/var/lib/sshgateway sshgateway
# docs/install.md says more; samples/compose has two of them with a database, destinations and a collector.
ARG BUILD_IMAGE=mcr.microsoft.com/dotnet/sdk:10.0
ARG RUNTIME_IMAGE=mcr.microsoft.com/dotnet/aspnet:10.0

FROM ${BUILD_IMAGE} AS build
WORKDIR /src
COPY . .
RUN ./build.sh && PREFIX=/usr DESTDIR=/image PAM=debian ./install.sh
# The configuration is mounted, or stands in variables.
RUN rm /image/etc/sshgateway/sshgateway.yaml

FROM ${RUNTIME_IMAGE}
COPY --from=build /image/usr /usr
COPY --from=build /image/etc /etc
RUN useradd --system --uid 64222 --user-group --home-dir /var/lib/sshgateway --no-create-home --shell /usr/sbin/nologin sshgateway \
    && install -d -m 750 -o sshgateway -g sshgateway /var/lib/sshgateway /etc/sshgateway
# No diagnostics socket, no core dumps of a process that holds keys. Users are those who have a key: the image knows no others.
ENV DOTNET_EnableDiagnostics=0 \
    SSHGATEWAY_LISTEN=0.0.0.0:2222 \
    SSHGATEWAY_AUTHORIZED_KEYS=/etc/sshgateway/keys/{user},/var/lib/sshgateway/keys/{user} \
    SSHGATEWAY_REQUIRE_SYSTEM_USER=false \
    SSHGATEWAY_KNOWN_HOSTS=/etc/sshgateway/known_hosts,/var/lib/sshgateway/known_hosts
VOLUME ["/var/lib/sshgateway", "/etc/sshgateway"]
EXPOSE 2222
USER sshgateway
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s CMD ["/usr/bin/sshgateway", "health"]
ENTRYPOINT ["/usr/bin/sshgateway"]
CMD ["serve"]
