import ControlAPI
import JSON
import Testing

@Suite struct RPCMessageTests {
    private func only(_ line: String) -> RPCInput.Element? {
        if case .single(let element) = RPCInput(line: Array(line.utf8)) { element } else { nil }
    }

    private func code(_ element: RPCInput.Element?) -> Int? {
        if case .invalid(let response) = element, case .failure(let error) = response.result { error.code } else { nil }
    }

    @Test func readsRequestsAndNotifications() {
        #expect(
            only(#"{"jsonrpc":"2.0","id":"a","method":"m","params":{"x":1}}"#)
                == .request(RPCRequest(id: RequestID("a"), method: "m", parameters: ["x": 1])))
        #expect(only(#"{"jsonrpc":"2.0","method":"m","params":null}"#) == .request(RPCRequest(id: nil, method: "m")))
        #expect(
            only(#"{"jsonrpc":"2.0","method":"m","id":null}"#) == .request(RPCRequest(id: .null, method: "m")))
    }

    @Test func malformedTextIsAParseError() {
        for text in ["", "{", "nonsense", "\u{0}", #"{"a":1}{"#, "[1,2", String(repeating: "[", count: 5000)] {
            #expect(code(only(text)) == -32700, "\(text.prefix(20))")
        }
        guard case .single(let element) = RPCInput(line: [0x22, 0xFF, 0xFE, 0x22]) else {
            Issue.record("not a single element")
            return
        }
        #expect(code(element) == -32700)
    }

    @Test func whatIsNoRequestIsInvalidAndKeepsItsID() {
        for text in [
            "1", #""x""#, "null", "{}", "[]", #"{"method":"m"}"#, #"{"jsonrpc":"1.0","method":"m"}"#,
            #"{"jsonrpc":"2.0","method":7}"#, #"{"jsonrpc":"2.0","method":"m","params":3}"#,
            #"{"jsonrpc":"2.0","method":"m","id":[]}"#, #"{"jsonrpc":"2.0","id":1,"result":{}}"#,
        ] {
            #expect(code(only(text)) == -32600, "\(text)")
        }
        guard case .invalid(let response) = only(#"{"jsonrpc":"2.0","id":9}"#) else {
            Issue.record("not invalid")
            return
        }
        #expect(response.id == RequestID(9))
    }

    @Test func aBatchKeepsItsGoodElementsAndIsBounded() {
        let line = #"[{"jsonrpc":"2.0","id":1,"method":"m"},7]"#
        guard case .batch(let elements) = RPCInput(line: Array(line.utf8)) else {
            Issue.record("no batch")
            return
        }
        #expect(elements.count == 2)
        #expect(elements.first == .request(RPCRequest(id: RequestID(1), method: "m")))
        #expect(code(elements.last) == -32600)
        #expect(code(only("[" + Array(repeating: "1", count: 101).joined(separator: ",") + "]")) == -32600)
    }

    @Test func responsesComeBackAsTheyWere() {
        let good = RPCResponse(id: RequestID(3), result: .success(.null))
        let bad = RPCResponse(id: .null, result: .failure(RPCError(.wrongPasscode, "The passcode is wrong.")))
        #expect(RPCResponse(json: good.json) == good)
        #expect(RPCResponse(json: bad.json) == bad)
        #expect(RPCResponse(json: ["jsonrpc": "2.0", "method": "event"]) == nil)
    }
}
