namespace SshGateway.Protocol.Connection;

/// <summary>Lets tasks wait for the next change of a state. Both methods are called with the lock held that guards that state.</summary>
internal sealed class Wakeup
{
    private TaskCompletionSource? _waiting;

    /// <summary>Completes at the next <see cref="Wake"/>; to be awaited after the lock was released.</summary>
    public Task Wait() => (_waiting ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public void Wake()
    {
        TaskCompletionSource? waiting = _waiting;
        _waiting = null;
        waiting?.TrySetResult();
    }
}
