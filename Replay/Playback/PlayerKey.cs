namespace SshGateway.Replay.Playback;

/// <summary>What the viewer asks for.</summary>
internal enum PlayerKey
{
    Pause,
    Forward,
    Back,
    FarForward,
    FarBack,
    Quit,
}
