using SshGateway.Protocol.KeyExchange;
using Xunit;

namespace SshGateway.Protocol.Tests.KeyExchange;

public class FiniteFieldGroupsTests
{
    private static readonly string P2048 = Convert.ToHexString(FiniteFieldGroup.Group14.Prime);
    private static readonly string P3072 = Convert.ToHexString(FiniteFieldGroup.Group15.Prime);
    private static readonly string P4096 = Convert.ToHexString(FiniteFieldGroup.Group16.Prime);

    private static readonly string Good =
        $"# Time Type Tests Tries Size Generator Modulus\n20220714110357 2 6 100 2047 2 {P2048}\n20220714110357 2 6 100 2047 5 {P2048}\n"
        + $"20220714110357 2 6 100 3071 2 {P3072}\n\n20220714110357\t2\t6\t100\t4095\tb\t{P4096}\n";

    [Fact]
    public void A_moduli_file_is_read()
    {
        FiniteFieldGroups groups = FiniteFieldGroups.Parse(new StringReader(Good));
        Assert.Equal(4, groups.Count);
        FiniteFieldGroup group = groups.Select(4096, 4096, 8192)!;
        Assert.Equal([11], group.Generator.ToArray());
        Assert.Equal(P4096, Convert.ToHexString(group.Prime));
    }

    [Fact]
    public void The_groups_of_this_machine_are_those_of_its_moduli_file()
    {
        int there = FiniteFieldGroups.Load("/etc/ssh/moduli").Count;
        Assert.Equal(there, FiniteFieldGroups.OfThisMachine.Count);
        Assert.Equal(File.Exists("/etc/ssh/moduli"), there > 0);
        Assert.Equal(0, FiniteFieldGroups.Load("/nowhere/moduli").Count);
    }

    [Theory]
    [InlineData(2048, 2048, 8192, 2048)]
    [InlineData(2048, 3072, 8192, 3072)]
    [InlineData(2048, 2500, 8192, 3072)]
    [InlineData(2048, 8192, 8192, 4096)]
    [InlineData(2048, 8192, 4000, 3072)]
    [InlineData(3072, 1024, 8192, 3072)]
    [InlineData(0, 0, uint.MaxValue, 2048)]
    [InlineData(6000, 6000, 7000, 6144)] // not in the file: built in
    [InlineData(2500, 2500, 2600, 0)]
    [InlineData(8193, 9000, 10000, 0)]
    [InlineData(4096, 3072, 2048, 0)]
    public void The_smallest_group_that_reaches_the_preferred_size_is_chosen(uint min, uint preferred, uint max, int bits)
    {
        FiniteFieldGroups groups = FiniteFieldGroups.Parse(new StringReader(Good));
        Assert.Equal(bits, groups.Select(min, preferred, max)?.Bits ?? 0);
    }

    [Fact]
    public void Equal_sizes_take_turns_by_chance()
    {
        FiniteFieldGroups groups = FiniteFieldGroups.Parse(new StringReader(Good));
        var seen = new HashSet<byte>();
        for (int i = 0; i < 200 && seen.Count < 2; i++) seen.Add(groups.Select(2048, 2048, 2048)!.Generator[0]);
        Assert.Equal(2, seen.Count);
    }

    [Fact]
    public void Lines_that_are_not_tested_safe_primes_are_passed_over()
    {
        string[] bad =
        [
            $"20220714110357 4 6 100 2047 2 {P2048}", // not a safe prime
            $"20220714110357 2 0 100 2047 2 {P2048}", // not tested
            $"20220714110357 2 7 100 2047 2 {P2048}", // known to be composite
            $"20220714110357 2 6 100 2048 2 {P2048}", // size is wrong
            $"20220714110357 2 6 100 2047 1 {P2048}", // generator
            $"20220714110357 2 6 100 2047 0 {P2048}",
            $"20220714110357 2 6 100 2047 x {P2048}",
            $"20220714110357 2 6 100 2047 00000000000000000002 {P2048}",
            $"20220714110357 2 6 100 2047 2 {P2048[..^1]}G",
            $"20220714110357 2 6 100 2047 2 {P2048[..^1]}E",
            $"20220714110357 2 6 100 1023 2 {P2048[..256]}",
            $"20220714110357 2 6 100 2047 2 {P2048} more",
            $"20220714110357 2 6 100 2047 2",
            $"20220714110357 -2 6 100 2047 2 {P2048}",
            $"20220714110357 2 6 100 99999999999 2 {P2048}",
            $"20220714110357 2 6 100 2047 2 {new string('F', 3000)}",
            new string('9', 100_000),
            "#",
            "",
        ];
        foreach (string line in bad)
        {
            FiniteFieldGroups groups = FiniteFieldGroups.Parse(new StringReader(line + "\n" + $"1 2 6 100 3071 2 {P3072}\n"));
            Assert.True(groups.Count == 1, line);
        }
    }

    [Fact]
    public void A_line_cut_anywhere_is_passed_over()
    {
        string line = $"20220714110357 2 6 100 2047 2 {P2048}";
        for (int length = 0; length < line.Length; length++)
            Assert.Equal(0, FiniteFieldGroups.Parse(new StringReader(line[..length])).Count);
        Assert.Equal(1, FiniteFieldGroups.Parse(new StringReader(line)).Count);
    }

    [Fact]
    public void Without_a_file_the_groups_of_rfc_3526_are_used()
    {
        FiniteFieldGroups groups = FiniteFieldGroups.Load(Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N")));
        Assert.Same(FiniteFieldGroups.BuiltIn, groups);
        Assert.Same(FiniteFieldGroup.Group15, groups.Select(2048, 3072, 8192));
        Assert.Same(FiniteFieldGroup.Group18, groups.Select(3072, 7680, 8192));
        Assert.Same(FiniteFieldGroup.Group17, groups.Select(3072, 7680, 8191));
    }
}
