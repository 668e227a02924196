import Testing

@testable import UploadS3

@Suite("The shared files of the AWS CLI")
struct SharedConfigurationTests {
    @Test(
        "Names of profiles in the config file",
        arguments: [
            ("[profile corp]", "corp"), ("[profile 'my corp']", "my corp"), ("[profile \"x y\"]", "x y"),
            ("[profile my corp]", "my corp"), ("[profile corp] # work", "corp"), ("[profile corp]; work", "corp"),
            ("[profile\tcorp]", "corp"), ("[ profile  corp ]", "corp"), ("[default]", "default"),
            ("[default] # [profile x]", "default"), ("[profile default]", "default"), ("[profile 'a]b']", "a]b"),
            ("\u{FEFF}[default]", "default"), ("  [profile corp]  ", "corp"),
        ])
    func config(_ header: String, _ name: String) {
        var shared = SharedConfiguration()
        shared.read("\(header)\nregion = r\n", isConfig: true)
        #expect(shared.profiles == [name: ["region": "r"]])
    }

    @Test(
        "Names of profiles in the credentials file",
        arguments: [
            ("[corp]", "corp"), ("[my corp]", "my corp"), ("['my corp']", "my corp"), ("[corp] ; work", "corp"),
            ("\u{FEFF}[default]", "default"), ("[profile corp]", "profile corp"),
        ])
    func credentials(_ header: String, _ name: String) {
        var shared = SharedConfiguration()
        shared.read("\(header)\r\naws_access_key_id = A\r\n", isConfig: false)
        #expect(shared.profiles == [name: ["aws_access_key_id": "A"]])
    }

    @Test("Sections of other kinds are not profiles, and end the one before")
    func others() {
        var shared = SharedConfiguration()
        let text = "[default]\na = 1\n[sso-session s]\nb = 2\n[services x]\ns3 =\n  endpoint_url = e\n[profile empty]\n"
        shared.read(text, isConfig: true)
        #expect(shared.profiles == ["default": ["a": "1"], "empty": [:]])
        #expect(shared.services["x"]?["s3.endpoint_url"] == "e")
    }
}
