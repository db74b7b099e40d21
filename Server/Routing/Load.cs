namespace SshGateway.Server.Routing;

/// <summary>What makes a host worse than another: compared part by part, the first that differs decides.</summary>
internal readonly record struct Load(long First, long Second, long Third = 0, long Fourth = 0) : IComparable<Load>
{
    public int CompareTo(Load other)
    {
        if (First != other.First) return First.CompareTo(other.First);
        if (Second != other.Second) return Second.CompareTo(other.Second);
        return Third != other.Third ? Third.CompareTo(other.Third) : Fourth.CompareTo(other.Fourth);
    }

    public static bool operator <(Load left, Load right) => left.CompareTo(right) < 0;

    public static bool operator >(Load left, Load right) => left.CompareTo(right) > 0;

    public static bool operator <=(Load left, Load right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Load left, Load right) => left.CompareTo(right) >= 0;
}
