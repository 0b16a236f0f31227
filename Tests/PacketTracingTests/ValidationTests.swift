import NetworkValues
import NFTables
import Testing

/// Every defect is made in a table that is otherwise sound, and must be the only thing found.
struct ValidationTests {
    private func problems(_ change: (inout TableContents) -> Void) -> [String] {
        var table = twoMapTable()
        change(&table)
        return table.validate()
    }

    /// The problems of a chain `x` with one rule of one statement.
    private func problems(of statement: Statement, hook: BaseHook? = nil) -> [String] {
        problems { $0.chains.append(Chain("x", hook: hook, rules: [Rule(statement)])) }
    }

    @Test func aSoundTableHasNoProblems() {
        #expect(twoMapTable().validate() == [])
    }

    @Test func referencesExist() {
        #expect(
            problems { $0.chains.removeAll { $0.name == "pick-3" } }
                == ["element 10.96.0.10 . tcp . 80 of services leads to chain pick-3, which is not there"])
        #expect(problems(of: .verdict(.jump("y"))) == ["rule 0 of chain x leads to chain y, which is not there"])
        #expect(
            problems(of: .lookup([.destinationPort], set: "y"))
                == ["rule 0 of chain x looks into y, which is not there"])
        #expect(
            problems { $0.elements.append(SetElements("y", [])) }
                == ["there are elements for set y, which is not declared"])
        #expect(problems(of: .verdict(.goto("nat-output"))) == ["rule 0 of chain x leads to base chain nat-output"])
    }

    @Test func namesAndCommentsHaveLimits() {
        let long = String(repeating: "é", count: 127)
        #expect(problems { $0.chains.append(Chain(long + "e", rules: [])) } == [])
        #expect(
            problems { $0.chains.append(Chain(long + "ee", rules: [])) }
                == ["the name of chain \(long)ee is longer than 255 bytes"])
        let comment = String(repeating: "c", count: 129)
        #expect(problems { $0.comment = String(comment.dropLast()) } == [])
        #expect(problems { $0.comment = comment } == ["the comment of table ip switchyard is longer than 128 bytes"])
        #expect(
            problems { $0.elements[4].elements[0].comment = comment }
                == ["the comment of element 10.96.0.10 of cluster-ips is longer than 128 bytes"])
        #expect(
            problems { $0.chains[0].rules[0].comment = comment }
                == ["the comment of rule 0 of chain pick-3 is longer than 128 bytes"])
    }

    @Test func elementsFitTheirSet() {
        #expect(
            problems { $0.elements[4].elements.append(Element(Tuple(.port(80)))) }
                == ["element 80 of cluster-ips does not have the key's type"])
        #expect(
            problems { $0.elements[4].elements.append(Element(Tuple(.address(address("10.96.0.10"))))) }
                == ["element 10.96.0.10 of cluster-ips is there twice"])
        let key = frontend("10.96.0.10:80").appending(.number(9))
        let label = "element 10.96.0.10 . tcp . 80 . 9 of backends"
        #expect(
            problems { $0.elements[1].elements.append(Element(key, .value(Tuple(.port(80))))) }
                == ["\(label) does not have the data's type"])
        #expect(
            problems { $0.elements[1].elements.append(Element(key)) }
                == ["\(label) does not carry what the set is declared to"])
    }

    @Test func rulesUseSetsAsDeclared() {
        let uses: [(Statement, String)] = [
            (.lookup([.destinationPort], set: "cluster-ips"), "looks into cluster-ips with a key of another type"),
            (.verdictMap(slotKey(2), map: "backends"), "uses backends, which is not declared for that"),
            (.verdictMap(slotKey(0), map: "sticky-backends"), "draws a random number modulo 0"),
            (.lookup([.destinationAddress(.ipv6)], set: "cluster-ips"), "reads IPv6 addresses in table ip switchyard"),
        ]
        for (statement, problem) in uses {
            #expect(problems(of: statement).first == "rule 0 of chain x \(problem)")
        }
    }

    @Test func endlessAndDeepJumpsAreFound() {
        let chain = { (name: Int, next: Int) in Chain("c\(name)", rules: [Rule(.verdict(.goto("c\(next)")))]) }
        let row = { (count: Int) in (1..<count).map { chain($0, $0 + 1) } + [Chain("c\(count)", rules: [])] }
        let problem = "jumps from chain c1 are endless or deeper than 16"
        #expect(problems { $0.chains += row(16) } == [])
        #expect(problems { $0.chains += row(17) } == [problem])
        #expect(problems { $0.chains += [chain(1, 2), chain(2, 1)] } == [problem])
    }

    @Test func onlyTCPIsReset() {
        #expect(problems(of: .rejectWithReset) == ["rule 0 of chain x resets what may not be TCP"])
        let rule = Rule(.matchProtocol(.tcp), .rejectWithReset)
        #expect(problems { $0.chains.append(Chain("x", rules: [rule])) } == [])
    }

    @Test func statementsAreWhereTheKernelTakesThem() {
        let problem = { (name: String, index: Int) in
            "rule \(index) of chain \(name) cannot do what it does in base chain x"
        }
        let nat = BaseHook(.nat, .postrouting, priority: 101)
        #expect(problems(of: .verdict(.goto("pick-3")), hook: nat) == [problem("pick-3", 1)])
        #expect(problems(of: .verdict(.goto("reject-connection")), hook: nat) == [problem("reject-connection", 0)])
        let filter = BaseHook(.filter, .postrouting, priority: 0)
        #expect(problems(of: .masqueradeFullyRandom, hook: filter) == [problem("x", 0)])
    }
}
