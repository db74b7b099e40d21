using System.Globalization;

namespace SshGateway.Interop.Tests.Login;

/// <summary>What /proc says of processes; one that has ended meanwhile has nothing.</summary>
internal static class Processes
{
    /// <summary>All that a process has started, and they in turn.</summary>
    public static IEnumerable<int> Below(int process)
    {
        string folder = $"/proc/{process}/task";
        string[] tasks = Directory.Exists(folder) ? Directory.GetDirectories(folder) : [];
        foreach (string child in tasks.SelectMany(task => Read(task + "/children").Split(' ', StringSplitOptions.RemoveEmptyEntries)))
        {
            int id = int.Parse(child, CultureInfo.InvariantCulture);
            yield return id;
            foreach (int grandchild in Below(id)) yield return grandchild;
        }
    }

    /// <summary>Program and arguments, each with a NUL at its end.</summary>
    public static string CommandLine(int process) => Read($"/proc/{process}/cmdline");

    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (IOException)
        {
            return "";
        }
    }
}
