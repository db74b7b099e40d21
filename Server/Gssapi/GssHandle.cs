namespace SshGateway.Server.Gssapi;

/// <summary>
/// A handle of the library. One call at a time; whoever disposes it while a call is still at work (it took too long) does not wait: the handle is
/// freed when that call returns.
/// </summary>
internal abstract class GssHandle : IDisposable
{
    private readonly Lock _lock = new();
    private bool _isBusy;
    private bool _isDisposed;

    /// <exception cref="GssException">It is in use, or gone.</exception>
    protected T Use<T>(Func<T> call)
    {
        lock (_lock)
        {
            if (_isBusy || _isDisposed) throw new GssException("an earlier call has not returned, or the handle is gone");
            _isBusy = true;
        }

        try
        {
            return call();
        }
        finally
        {
            lock (_lock)
            {
                _isBusy = false;
                if (_isDisposed) Free();
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_isDisposed) return;
            _isDisposed = true;
            if (!_isBusy) Free();
        }
    }

    /// <summary>Releases what is there; called once.</summary>
    protected abstract void Free();
}
