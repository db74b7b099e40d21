namespace SshGateway.Server.Listeners;

/// <summary>Private keys that one configuration loaded; they are destroyed when it is replaced and its last session has ended.</summary>
internal sealed class SharedKeys(params IDisposable[] keys)
{
    private int _users = 1;

    /// <summary>False when they are gone already: a newer configuration is in force.</summary>
    public bool TryAcquire()
    {
        int users = Volatile.Read(ref _users);
        while (users > 0)
        {
            int seen = Interlocked.CompareExchange(ref _users, users + 1, users);
            if (seen == users) return true;
            users = seen;
        }

        return false;
    }

    /// <summary>By whoever acquired them, and once by the configuration itself.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _users) > 0) return;
        foreach (IDisposable key in keys) key.Dispose();
    }
}
