# The gateway in a container: docker build -t sshgateway . && docker run -p 2222:22 -v ./config:/etc/sshgateway sshgateway
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /src
COPY . .
RUN ./build.sh

FROM mcr.microsoft.com/dotnet/aspnet:10.0
COPY --from=build /src/out /opt/sshgateway
# serve drops to this user after it has bound its ports; keys and state live in the volume.
RUN useradd --system --home-dir /var/lib/sshgateway --create-home --shell /usr/sbin/nologin sshgateway \
    && ln -s /opt/sshgateway/sshgateway /opt/sshgateway/sshgatewayctl /usr/local/bin/
# No diagnostics socket, no core dumps of a process that holds keys.
ENV DOTNET_EnableDiagnostics=0
VOLUME ["/var/lib/sshgateway", "/etc/sshgateway"]
EXPOSE 22
STOPSIGNAL SIGTERM
ENTRYPOINT ["/opt/sshgateway/sshgateway"]
CMD ["serve", "-c", "/etc/sshgateway/sshgateway.yaml"]
