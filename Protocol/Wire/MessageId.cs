namespace SshGateway.Protocol.Wire;

/// <summary>SSH message numbers (RFC 4250 §4.1.2, RFC 8308, OpenSSH PROTOCOL 1.10).</summary>
public enum MessageId : byte
{
    Disconnect = 1,
    Ignore = 2,
    Unimplemented = 3,
    Debug = 4,
    ServiceRequest = 5,
    ServiceAccept = 6,
    ExtInfo = 7,
    NewCompress = 8,

    KexInit = 20,
    NewKeys = 21,

    // 30–49 are the key exchange method's own; the names are those of the most used methods.
    KexEcdhInit = 30,
    KexEcdhReply = 31,
    KexDhGexGroup = 31,
    KexDhGexInit = 32,
    KexDhGexReply = 33,
    KexDhGexRequest = 34,

    UserauthRequest = 50,
    UserauthFailure = 51,
    UserauthSuccess = 52,
    UserauthBanner = 53,

    // 60–79 are the authentication method's own.
    UserauthPkOk = 60,
    UserauthPasswdChangereq = 60,
    UserauthInfoRequest = 60,
    UserauthInfoResponse = 61,
    UserauthGssapiResponse = 60,
    UserauthGssapiToken = 61,
    UserauthGssapiExchangeComplete = 63,
    UserauthGssapiError = 64,
    UserauthGssapiErrtok = 65,
    UserauthGssapiMic = 66,

    GlobalRequest = 80,
    RequestSuccess = 81,
    RequestFailure = 82,

    ChannelOpen = 90,
    ChannelOpenConfirmation = 91,
    ChannelOpenFailure = 92,
    ChannelWindowAdjust = 93,
    ChannelData = 94,
    ChannelExtendedData = 95,
    ChannelEof = 96,
    ChannelClose = 97,
    ChannelRequest = 98,
    ChannelSuccess = 99,
    ChannelFailure = 100,

    Ping = 192,
    Pong = 193,
}
