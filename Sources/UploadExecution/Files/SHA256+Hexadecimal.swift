import Crypto

extension SHA256 {
    /// Ends the hash.
    ///
    /// - Returns: The digest in lower-case hexadecimal.
    func hexadecimal() -> String {
        let digits = Array("0123456789abcdef".utf8)
        let text = finalize().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }
}

extension Collection<UInt8> {
    /// The SHA-256 of the bytes in lower-case hexadecimal.
    package var sha256: String {
        var hash = SHA256()
        hash.update(data: Array(self))
        return hash.hexadecimal()
    }
}

extension Collection<UInt8> {
    /// The MD5 of the bytes in lower-case hexadecimal: S3's entity tags and manifests have it, and it proves nothing else.
    package var md5: String {
        let digits = Array("0123456789abcdef".utf8)
        let text = Insecure.MD5.hash(data: Array(self)).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }
}
