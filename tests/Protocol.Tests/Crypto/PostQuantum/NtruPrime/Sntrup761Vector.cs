namespace SshGateway.Protocol.Tests.Crypto.PostQuantum.NtruPrime;

/// <summary>
/// A key, a ciphertext and the secrets of sntrup761 that an implementation of others computed (BouncyCastle.Cryptography 2.7.0).
/// </summary>
internal static class Sntrup761Vector
{
    /// <summary>In the order of the reference implementation: f, 1/g, public key, rejection value, hash of the public key.</summary>
    public static readonly byte[] SecretKey = Convert.FromBase64String(
        """
        pEUVUiFUVRhagWVVZoSWVVUESBVFVASFhpRVVVJVVVQVkFFVViVSVoVaQRVFVkVUVRVVZWRFhJVIEWVZlhhUVkakRJlVBFWhlRoVGVWVllBVSUkWZWhVoQkl
        KaaVYWRaBBQVZVYVEVUSUFBVZVZlRkVFVFVaKlpkVVVVUkZgUVkmmVVaRVElGUJVVYJUVlVaUlRZVQJUVRUUVaZlUZVVZSVkYkFallWURBUVUZWRVZEVQVVl
        UZWFZZElUBZhEQFkViiopagJmlYpJkgiKFmZRZiEiQCgSWZRiWqYoiKBQiVlkCSiKaYRZpAQmQaUVVgoQFhGZBQkgUFUqQlGiBkGIEpSlkJYkkqKhWYlhSCl
        aVQSGWJICEpEIgIalIiJEWqJmIYkBUklRSJlEkQIKiKhBKEpKWkmmBklZGqhpZYJRiiEJQViEgYkgCJShGaJCgFWSWCZRQBkkICFZqUYIqBSCAiBgqGiBRgJ
        JIhZBYiWZhEgZCEhAkoVEVSGiaGoAI+GCcGJVKs3lPaE+FLqlCZm3qQAuY8CD0u1c9lYxVCRbeLELDmF0fJXOxz2yKAz9t7dOCRZ9blbxc03Jajoc2URsfED
        JV/dA2cxAt4QpT+rbtb55uXpnSqTeccquPfGH6mSf+PWiBuGYseHrLspfhp4n/PVL7czc5juu7g42CC2zrjNS4S62BXYGWc3DDej4554fPl59hUU3rYwFZb2
        jtNMkum6w7Ce8fzw4SdlH9kXu0yQYIlHyXyPN3aZnsAI73SnoTQxz9rw3hHtA/PZgXQUA7nLa/M0ykFjvSQ8VVTHP0cgkh1PXP5Ilnea8KXAX9Lc+Hqn0bpv
        xMxVCzLsz6lNGriH4KO7w6S+H/IB4s5tBrESN4tY3HwXQXUEEXTw/x2oU+aT+0wgIgWRi7sULWguNCW6B98lpYe5U6uC5byge1xKLntvyFzux9SNOtZlpbVt
        rgWq0bFWxne5efnp5i1UPoT5wBWe30GerA97hQwSTcgV5Nt+/U9wkUFPNIwJczNwQQHDiHV03KlbCT0qVfShNnxeW+7b9KqKwja3vG8ExwDPx/GgSiyw1Iw3
        6SqKlc1gTKWfzJPZLGKYZSBW89YQMee7OABeR5E7vrTIxmMOU4tvJnkMSTksaSAcWE5c22hril6X45PjuaISMBU7dAh1sZU0SAZzXYsEzavfF90Xzx/qA8JK
        3lTRYy1Ma64prALUeafsDLVOVVMufvgl8cbxeDn/0qSe2PZTWdZgNNphjYt9lxu+CNDOeF6VKnrqP3xK+mipiLRipaw+X5xZS/5TIjt0nX6NoDQtwM5kvtyj
        oz4qeedRGEA5f1pyW7pbQrPDf/vsFhhADHlPdC6RUKSFqBPvezf+c8Vwcl2H4MdjrQFgt27Ve1OxJ3Oh4VJIbYWrvTNqqX+YB3BCcDvrwEj1r72vUlVJQ82I
        ROcrNvD9oE/bmnECukypfp3yvuuq7xLA/rAAyJ4/wcbqG32PzEJ0hKG2qXMOD9Q5wL6fQ/RqwFKOybRW2psr5d14r9KJzYp5yIEnMuLLQyeWS1+Jf0cV9UyG
        1CWunDQPFF0TrnKLqGSavFUurSP6Q/ujgvZRi7tmx+VO2psidLLIl7E92Oe0RQBamgGHX6LcrKYKsK7opAJJCUgXWP21ONKwxJBawCj7szFi6OJKgpCJjQ+G
        7PqpSHNJ765+S6ZCKXCTXbZqBHKZAybvNJmJJ6Ewj4Z+6L8b3tIG6HUlW5sMMdWFpRsztHRwfQYPb0eSI2Xn7CCUxG/3ZxixRYuLKaDonTm4Rlhdf9iiqo2e
        DUveeY41pIqoaNSjnuU5xQ0hxhOuqBBQoAv5ll0ow8Fv53E+MbvRumct5so4qhJg8AXsphrf7sapO1z3eSwl0bJ5Kp+K5mZRESB1Sqqxen1NcV5QELfywLwe
        F5kja4Y0R485/XNWx5aPR9fJOwOr9s0LkxpgX0UMYVdFhfcku2l9aZXhjXMqr2/ljgkjHb7ESev0SNPbaSkdWNJpib/cmrYm3WaFx+783pYGIx1ElCCGeYao
        TIhx/ulUKjK1ACbCLILnsu89wuGPU8wk5T1uOAhgBaDqNxnpVbdoS1qejRcAXFGX6akEvzBxFFQ9/ELE3AsOnLuveEBg4fRN33uXelR1WJ4PhF6OwhLAANB0
        ks7NnVAuuqhemOzQKKaauX+OZs2jBKD77jqPfBNQ48NN0vVFOaZIgNh2HzxBwx+gygzVSl5iSqD4SCiZM0UbwWr0mAOvZ7dFrCN1P4KxPjej18P4Ee1YLzf+
        WCC39nIMgGBdt/25Rcipot2boqwbT1FNIaaDFAMg3/UcHR/cN50Tl5flVnMtV63Rbv2GDmU=
        """);

    public static readonly byte[] Ciphertext = Convert.FromBase64String(
        """
        oiWy9Cv6NOCxHEL4NuI52tCc4k38BXv2U4Wd5sOCOofmihFB2H2CKJqplPlzzHJmdf6/+djgorZN0vwLNqbpVtxRNhWG8oxG5AOv+xfJvYGQ96o8mRjFHBaj
        0ieXHmGBvchwHOa7U70MtM1vYmpzF7ehw0bGBEihmqZwIIXzTFNkSsQBow/guRDlacNMjGrPBwcZZD+OxFufVuYG6e1tewgm8v7LKfp+N7L/lupi3iXb+dn5
        ik/Hi+M6yVyBG/7t6mU1z/V7CYyxV5DB0tsOH9478ANvj5Aje96PMMOdOxODi2s8bCFFa8qJLHyAYVOHqjP+2cNzFKv4UDyvCso9wMhcOdLMLNaKvQ45yzHP
        YWE3d81eD3SPp26PNpFqzl+PMtG02cN6ixnH7MwDQ4H+R6i2c5CVDUFcjcXyymPHQejb3R34ctYNnqB+Tm28Y+aYmVwKu1voNqpe+LZ83pim75iwO1ipgENJ
        dbvFIVZdq8TZxTSF3m241jXTx2v1T0RJ1MLCaBdARK55I7iLzL9KoL8BhSdTNC1cMieLukUDHtSYehKo6UAt9SFwlv5qqeUEM+sbFYqfh7xMApZ81+erWNBR
        DkBle5ziMYYNKFdSnyBZKZuEP7nO7ceGD9C1jBX00eF1OZ12B2lQywTChOkpZBgsDzJri1pArgFThDOxuPRJvN1w+T8xHwEAfHn46NMdPitrZIKsbyc2n4Z1
        hmiXNSgc3SRKEcQYgX/DqkEghtnJfsTOBfF/M7aHTC4Ti2O1KMHEFKt8paG2VwTy7IrkJonprdy2+XmuROBEPjoj0VzXxLd6/ZjTz+9ctOTBT6sQOgpb42lz
        q89m+gGmVW13G9a0yeaX/XAdhKXx56pKArz/NDASr0Nxp8uZzKhvcEvbn4H2Z/pXMrCjKyUXxZX4iCVBDk7ueyhmReZ0ffnBI92KCVgAAQtzUX4zg6+mf4UA
        PSsOQ0RhHkFNVsdW0t9QMNjpiA91LywDg4LVNYdM6Zio9NL9Mc4tha/yVGRDhz5xo8kdtl/im0WWZkZXI/pTTWTqpy7QW4GZnuWzXXpWFZpgz7DRF/HFpME8
        MQwUAQrANJMk6wFnBjjpcytWVqtBOyw/cTZG/agBFs93eeW2eT6Dh6EFy33ky+15y5x2ANMmtfx4HyhCc80+9l6EzkpKRjIDuLfdmtTtBPbOOIlEUizVEOmn
        9J0QtAldbA36kDd9r9kC8ENTqynmGDPkSZFD5mAp+z3I+5f9Q29Wul5zxHVQKPAvoL9vgCQ4ZBYeylvdLIwWzZKadnyXoB3ApExjNq9Urwww1RYzMSEGT/yM
        DE+iEBX+MO6H3ZX2NUkMsASZ2q0NBmveaOSHj+R5kre4Ks5cGKgN78l4OQljLTzgzw==
        """);

    public static readonly byte[] SharedSecret = Convert.FromHexString("5B9167901443D75AAD23E5B5D72E63BFFFF76286044B836C205E02367A8A53C8");

    /// <summary>Bit 4 of byte 500 of the ciphertext flipped.</summary>
    public static readonly byte[] RejectedSecret = Convert.FromHexString("E29FBFD779B46A1E6EB2B3FD51AC36F76B16C74E64651397BDFE6D06ABA9CA3B");
}
