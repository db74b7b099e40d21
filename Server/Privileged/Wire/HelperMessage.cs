namespace SshGateway.Server.Privileged.Wire;

/// <summary>
/// Types of the messages between the gateway and its helper, and between the helper and its children (docs/privilege.md). One
/// connection serves one request.
/// </summary>
internal enum HelperMessage : byte
{
    // Requests: the first message of a connection.
    Hello = 1,
    Authenticate = 2,
    ReadFile = 3,
    ListKeys = 4,
    Sign = 5,
    Run = 6,
    StoreTickets = 7,

    // More from the one who asked.
    Answers = 20,
    OpenSession = 21,
    Terminate = 22,

    // Replies.
    Welcome = 64,
    Refused = 65,
    Step = 66,
    SessionResult = 67,
    File = 68,
    Keys = 69,
    Signature = 70,
    Started = 71,
    Output = 72,
    Exited = 73,
    TicketsStored = 74,

    // From a child that waits for its work; from the gateway that starts a helper.
    Ready = 100,
    Policy = 101,
}
