using System.Diagnostics;
using Xunit;

namespace SshGateway.Storage.Tests.State;

/// <summary>A small file system of its own; only root may mount one.</summary>
internal sealed class TmpfsMount : IAsyncDisposable
{
    private TmpfsMount(string folder) => Folder = folder;

    public string Folder { get; }

    public static async Task<TmpfsMount> CreateAsync(string parent, int kilobytes)
    {
        string folder = Directory.CreateDirectory(Path.Combine(parent, "mount")).FullName;
        Assert.Equal(0, await RunAsync("mount", "-t", "tmpfs", "-o", $"size={kilobytes}k", "tmpfs", folder));
        return new TmpfsMount(folder);
    }

    public async ValueTask DisposeAsync() => await RunAsync("umount", "-l", Folder);

    /// <summary>Writes a file until there is no room left.</summary>
    public static void Fill(string path)
    {
        using FileStream file = File.Create(path);
        try
        {
            while (true)
            {
                file.Write(new byte[4096]);
                file.Flush();
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }

    public static bool IsPossible()
    {
        string folder = Directory.CreateTempSubdirectory("sgmount").FullName;
        try
        {
            if (Environment.UserName != "root" || RunAsync("mount", "-t", "tmpfs", "tmpfs", folder).GetAwaiter().GetResult() != 0) return false;
            return RunAsync("umount", folder).GetAwaiter().GetResult() == 0;
        }
        finally
        {
            Directory.Delete(folder);
        }
    }

    private static async Task<int> RunAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, UseShellExecute = false })!;
        await process.WaitForExitAsync();
        return process.ExitCode;
    }
}

/// <summary>A test that mounts: skipped, with the reason, where a container or a user without rights forbids it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TmpfsFactAttribute : FactAttribute
{
    public TmpfsFactAttribute()
    {
        if (!TmpfsMount.IsPossible()) Skip = "a tmpfs cannot be mounted here";
    }
}
