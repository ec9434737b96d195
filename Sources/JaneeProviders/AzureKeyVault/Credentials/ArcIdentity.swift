import HTTPTypes
import JaneeFiles
import JaneeJSON
import JaneeSecrets

/// How Azure Arc finds out that a program runs on the machine: it names a file that only such a program can read.
///
/// Whatever listens at its address could name any file and be told what is in it; so only what Arc itself writes is read.
///
/// Rules: "Authenticate against Azure resources with Azure Arc-enabled servers".
enum ArcIdentity {
    static let tokenDirectory = "/var/opt/azcmagent/tokens"
    private static let largestKey = 4096

    /// What is in the file of a challenge.
    ///
    /// - Throws: `PROVIDER_AUTH_FAILED` if the challenge names anything else than one of Arc's own files.
    static func key(_ challenge: String?, directory: String) throws(SecretError) -> SecretValue {
        guard let match = challenge?.wholeMatch(of: /(?i:basic) (?i:realm)="?([^",\s]+)"?/) else {
            throw SecretError(.providerAuthFailed, "Azure Arc asks for proof in a way that is not known")
        }
        let path = String(match.1)
        let name = path.dropFirst(directory.count + 1)
        guard path.hasPrefix(directory + "/"), name.hasSuffix(".key"), !name.contains("/"), name.utf8.count > 4 else {
            throw SecretError(
                .providerAuthFailed,
                "what answers as Azure Arc names a file that is not one of \(directory)/*.key; it was not read"
            )
        }
        do throws(FileError) {
            let bytes = try RegularFile.read(path, limit: largestKey)
            guard !bytes.isEmpty, bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
                throw FileError("read", path, refusal: "it holds no key")
            }
            return SecretValue(bytes)
        } catch {
            throw SecretError(
                .providerAuthFailed,
                "the file with which Azure Arc wants proof cannot be used: Janee must run in the group 'himds'"
            )
        }
    }

    /// Finds out whether the token is of the identity that was asked for: older agents do not look at that.
    static func check(
        _ response: InboundResponse,
        is identity: ManagedIdentityRequest.Identity
    ) throws(SecretError) {
        let json = try? JSONReader.parse(response.body)
        let names =
            identity.kind == .client
            ? ["client_id"] : identity.kind == .resource ? ["msi_res_id", "mi_res_id"] : ["object_id"]
        let echoed = names.lazy.compactMap { json?[$0]?.stringValue }.first
        guard echoed?.lowercased() == identity.id.lowercased() else {
            throw SecretError(
                .providerAuthFailed,
                "Azure Arc gave a token of another identity than auth names; the machine may have its own only"
            )
        }
    }
}
