/// The certificate of an application in a directory, with an RSA key of 2048 bits that protects nothing.
package enum EntraTestCertificate {
    /// The SHA-256 of the certificate in the base64 of URLs.
    package static let thumbprint = "CnOuGoRYX51ogxYhHrS8LotP073efGqXOcpMtT3PSIM"

    package static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIDHTCCAgWgAwIBAgIUeKaEcm/+lnSg7ANeIa0Ssr1p96YwDQYJKoZIhvcNAQEL
        BQAwHTEbMBkGA1UEAwwSZG91YmxlLWFwcGxpY2F0aW9uMCAXDTI2MTEyNjEzMzQy
        MFoYDzIxMjYxMTAyMTMzNDIwWjAdMRswGQYDVQQDDBJkb3VibGUtYXBwbGljYXRp
        b24wggEiMA0GCSqGSIb3DQEBAQUAA4IBDwAwggEKAoIBAQDeLQTsfgUt+73ZXsab
        IlNFJ+pLWyLmaN5n9NXG/SW+az7shQ5Zm2CAQEwhTgpip/fiwyFJgRACPSYKCfj4
        Jf7w33Gz37pyMcAXuxPobnGik5ZsJYwDlyMqPIX5fpwdPYRErGFGcSD9fhLQCQEn
        u+Aq4tyc94zEKzT9zyXJSOcEZE5eCLXVX2f/s7BzRzQwbNUYL3zc1vfJOp0Slzgo
        3yPD3WWnVmEkiwPem6yO6XPzHc0qd89Q6goRq9ORc6/dNsnrwwR4Zt4z2W5e1AEj
        8HR+ftygHyIU9C26+BMFZPpSwFmHeI0b6TsA+hQhXtZRcNJ+u1q7wrwlWb14pN4M
        mQhvAgMBAAGjUzBRMB0GA1UdDgQWBBTv6BWafetdHwGbhZuHprlHp674+DAfBgNV
        HSMEGDAWgBTv6BWafetdHwGbhZuHprlHp674+DAPBgNVHRMBAf8EBTADAQH/MA0G
        CSqGSIb3DQEBCwUAA4IBAQBMinSGZxYhlOGcOoXxoeaDRu/6UAEm/qCPWrHucXMB
        AZIjVi3p62lCZCdJ2LB3HAxvJLPCo0N44v0cFI+nUw1aFn/zT5wPR5jWBIWY1hF1
        GkHHAe0LAnmKqnXgfKUgEMI/3gIrSyNbfoQ6z7E75XUbm9thIdzO+IJbU1ZwDcTi
        jly9q1XBXHzRgSqYMfMGRkd1NZWIEZCddqmnX6LQjwFmc+NoPzfn5IYNugl/rtkY
        O6MVyUNBVIOxt6hBQ83+tsowrtSC9BBMA2PLP111M/8v9/LQzY3vifhIRScKZEMA
        MY5aObHQLuGqF7+sCSKiXE9fldgSV1imiaKTnpvW5BhG
        -----END CERTIFICATE-----
        """

    package static let key = """
        -----BEGIN PRIVATE KEY-----
        MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDeLQTsfgUt+73Z
        XsabIlNFJ+pLWyLmaN5n9NXG/SW+az7shQ5Zm2CAQEwhTgpip/fiwyFJgRACPSYK
        Cfj4Jf7w33Gz37pyMcAXuxPobnGik5ZsJYwDlyMqPIX5fpwdPYRErGFGcSD9fhLQ
        CQEnu+Aq4tyc94zEKzT9zyXJSOcEZE5eCLXVX2f/s7BzRzQwbNUYL3zc1vfJOp0S
        lzgo3yPD3WWnVmEkiwPem6yO6XPzHc0qd89Q6goRq9ORc6/dNsnrwwR4Zt4z2W5e
        1AEj8HR+ftygHyIU9C26+BMFZPpSwFmHeI0b6TsA+hQhXtZRcNJ+u1q7wrwlWb14
        pN4MmQhvAgMBAAECggEAAuNq8PgicRqYuT62LkYf9wIx1ZD1vzEV0xwnu1KHLxaN
        1t1T9m5CrugnFTfCgs3UNyp6QE5hOuY4nGDMz80Op2sAO2ppLhrfeG+CLr9g0tBA
        YF+Mlm9ckav/weKXfPnTwmDLUvMdjq4Y6IN1dGLI40XXwGKnfdVh9vq+bwN3nWL6
        O6aClgQBI+iIyjjUYi1rbJgbIlcss1Wr51L8F1T0mKlcT0awWvEXOmHPCcBwjCWY
        PAIbuG1niUzxvlwu3NicydBJ1D8rGxvhnFQMPW0J/dD7JBYpad6QDgiSl5/4s/7W
        9WZzxjSn7QoOBWcz4rFwUgNegCyJH1/NCTEaIrWzoQKBgQD87zpeVLoSy36R7kXu
        R99d1S34F5AZEYkyy+c7lulWrEXSak7/i6J4anTfc4ENbzm3MVe42r1WdazwPCAo
        +HKPjB7PW39+v9dF0St9kna+5syy0LNFQv9n0f79YL9tU193/sHaD2ApZpWMAXMr
        iFrLrNteVQ8aMY4nCIJGCzfjgwKBgQDg3lt9zf1S043ZLy9dCt2CrOmQDeXOVtR/
        nFrUNk2PT34LPCC7P4jxxZFXdIDy9Wz8QIi7jxN5G0ATng/at0C7coxG+vOWDicz
        TqmLieE+81jvzKBLYjBJ7/7n6ZXT6xV6GbeMZCSsIs/H/LLKqqQlCA2Avrp0TtxK
        a+MYqbD3pQKBgQCMABJrsjQIQTC+r4dvm8KsGlpGbyxoY8dwIWLNHfvr6JEBJayy
        T+TPCAXGxRUSjZUBrEMk45ZXa+0cT/txEgu/HszS848/ZgpO77dF2zL0+aUl+NSx
        qqLaIWclck6iwbofHhjIjSgp4kk2ZHsOBnxTLkuCDEy+r91CB7ir8nut5wKBgHCk
        UhZh4lzkJnE95q7n63AzJ8iGfbBv5ICMFR+qmA2K12vPUeIagIID4rt5W8LY2CBA
        P34cvLd0xBNPoUeBdoavab+ApBZtvotAA0Qn7FI5Wjq9OSqp4+CVvQ30/52pbBe+
        3CgSXiBwS781QWauNg1qzEDKyeHLQyRwiNDo6AIVAoGAINDhxcIBIGckmJn1rztb
        xEX2tAFsCsrl7fFHHCuL0XYNpFrF/q8NKo9jPa+Q7BYCQexunV7ci3nmBEX+5L/F
        lKJnmLgMVDY1jxnsITzCi/Na8pg0dTUXWjYuz8un6fvi2m0yCQoKehDrt0zhX8np
        /Y+1GvM5uxUrI2i00ruM7Wk=
        -----END PRIVATE KEY-----
        """
}
