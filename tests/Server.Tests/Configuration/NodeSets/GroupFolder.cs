namespace SshGateway.Server.Tests.Configuration.NodeSets;

/// <summary>A folder with a ClusterShell configuration: a YAML source, a flat file and a source of commands.</summary>
internal sealed class GroupFolder : IDisposable
{
    public GroupFolder()
    {
        Path = Directory.CreateTempSubdirectory("groups").FullName;
        Write("groups.conf", """
            [Main]
            default: cluster
            confdir: $CFGDIR/groups.conf.d "$CFGDIR/groups.conf.d"
            autodir: $CFGDIR/groups.d

            [flat]
            map: [ -f $CFGDIR/groups ] && f=$CFGDIR/groups || f=$CFGDIR/groups.d/local.cfg; sed -n 's/^$GROUP:\(.*\)/\1/p' $f
            all: [ -f $CFGDIR/groups ] && f=$CFGDIR/groups || f=$CFGDIR/groups.d/local.cfg; sed -n 's/^all:\(.*\)/\1/p' $f
            list: [ -f $CFGDIR/groups ] && f=$CFGDIR/groups || f=$CFGDIR/groups.d/local.cfg; sed -n 's/^\([0-9A-Za-z_-]*\):.*/\1/p' $f

            """);
        Write("groups.d/local.cfg", "# comment\nio: io[1-3] io5\nlogin: l1\nlogin: l2\nall: io[1-5],l[1-2]\n");
        Write("groups.d/cluster.yaml", """
            cluster:
              all: '@compute,@gpu,login[1-2]'
              compute: 'n[1-20]'
              gpu: ['g[01-04]', 'g10']
              rack1: 'n[1-10]'
              rack2: '@compute!@rack1'
              mixed: '@racks:r1,@flat:io'
              loop: '@loop2'
              loop2: '@loop'
            racks:
              r1: 'r1n[1-4]'
              r2: 'r2n[1-4]'
              both: '@r[1-2]'
            """);
        Write("groups.conf.d/calls.conf", """
            [calls,calls2]
            map: /bin/echo $SOURCE-$GROUP[1-2] "${GROUP}x y"
            list: /bin/echo a b

            [bad]
            map: /bin/false
            [shell]
            map: echo a | cat
            """);
    }

    public string Path { get; }

    public void Dispose() => Directory.Delete(Path, recursive: true);

    private void Write(string name, string text)
    {
        string path = System.IO.Path.Combine(Path, name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
