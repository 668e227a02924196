import Testing

@testable import UploadS3

@Suite("XML")
struct XMLElementTests {
    @Test("Reads names, text, order and entities")
    func reads() throws {
        let text = """
            <?xml version="1.0" encoding="UTF-8"?>
            <s3:List xmlns:s3="http://s3.amazonaws.com/doc/2006-03-01/"><Key>a&amp;b &lt;ü&#x1F680;</Key><Key/><N>1</N></s3:List>
            """
        let list = try XMLElement(parsing: Array(text.utf8))
        #expect(list.name == "List")
        #expect(list.all("Key").map(\.text) == ["a&b <ü🚀", ""])
        #expect(list["N"]?.text == "1")
        #expect(list["Absent"] == nil)
    }

    @Test(
        "Refuses what is not a complete document",
        arguments: [
            "", "   ", "<a>", "<a><b></a>", "<a></a><b/>", "not XML", "<a>&undefined;</a>",
            "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>", "<a", "<a>\u{0}</a>",
        ])
    func refuses(_ text: String) {
        #expect(throws: XMLSyntaxError.self) { try XMLElement(parsing: Array(text.utf8)) }
    }

    @Test("Every beginning of a document is refused")
    func everyPrefix() {
        let text = Array("<Error><Code>SlowDown</Code><Message>é</Message></Error>".utf8)
        for count in 0..<text.count {
            let error = #expect(throws: XMLSyntaxError.self) { try XMLElement(parsing: Array(text[..<count])) }
            #expect(error?.isEarlyEnd == true, "the rest may have been lost")
        }
    }

    @Test(
        "What no repetition cures is told from what was cut off",
        arguments: [
            "<!DOCTYPE a><a/>", "<html><body><br></body></html>", "not XML", "<a>&undefined;</a>", "<a></b>",
            "<a>\u{1}</a>",
        ])
    func hopeless(_ text: String) {
        let error = #expect(throws: XMLSyntaxError.self) { try XMLElement(parsing: Array(text.utf8)) }
        #expect(error?.isEarlyEnd == false)
        let bytes = Array("<a>".utf8) + [0xFF, 0xFE] + Array("</a>".utf8)
        let invalid = #expect(throws: XMLSyntaxError.self) { try XMLElement(parsing: bytes) }
        #expect(invalid?.isEarlyEnd == false)
    }

    @Test("Refuses elements nested without end")
    func depth() {
        let text = String(repeating: "<a>", count: 5000)
        let error = #expect(throws: XMLSyntaxError.self) { try XMLElement(parsing: Array(text.utf8)) }
        #expect(error?.problem == "elements nested too deeply")
    }
}
