using System.Text;
using SshGateway.Server.Configuration.Tree;

namespace SshGateway.Server.Configuration.Commands;

/// <summary><c>convert</c>: prints a version-1 configuration as version 2.</summary>
internal static class ConvertCommand
{
    public static int Run(string file, TextWriter output, TextWriter error)
    {
        string text;
        try
        {
            if (new FileInfo(file).Length > ConfigurationLoader.MaxFileBytes) throw new IOException("the file is too large");
            text = File.ReadAllText(file, new UTF8Encoding(false, throwOnInvalidBytes: true));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DecoderFallbackException)
        {
            error.WriteLine($"{file}: cannot be read: {e.Message}");
            return CheckCommand.Wrong;
        }

        return RunText(text, file, output, error);
    }

    public static int RunText(string text, string file, TextWriter output, TextWriter error)
    {
        try
        {
            Version1 version1 = new();
            ConfigNode converted = version1.Convert(YamlTree.Read(text, file));
            foreach (ConfigurationError wrong in version1.Errors) error.WriteLine(wrong);
            if (version1.Errors.Count > 0) return CheckCommand.Wrong;
            output.Write(YamlText.Write(converted));
            return 0;
        }
        catch (ConfigSyntaxException e)
        {
            error.WriteLine(new ConfigurationError(e.Mark.File, e.Mark.Line, e.Mark.Column, e.Message));
            return CheckCommand.Wrong;
        }
    }
}
