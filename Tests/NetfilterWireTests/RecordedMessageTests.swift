import NetfilterWire
import NetworkValues
import NFTables
import Testing

/// Our messages, set against those that nft 1.0.6 sent for the same text (`nft --debug=mnl -f`), from `struct nfgenmsg`
/// on. The bytes are nft's; the names were added.
struct RecordedMessageTests {
    private let id = TableID(.ipv6, "t")

    /// The attributes of the only message of a batch.
    private func encoded(_ operation: BatchOperation) throws -> String {
        let all = try messages(Batch(operations: [operation]).bytes)
        try #require(all.count == 3)
        return hexadecimal(all[1].dropFirst(16))
    }

    /// `table ip6 t { comment "why"; }`
    @Test func aTable() throws {
        let recorded = try bytes(
            """
            0a000000                        // nfgen_family AF_INET6
            0600 0100 74000000              // NFTA_TABLE_NAME t
            0800 0200 00000000              // NFTA_TABLE_FLAGS
            0a00 0600 00047768 79000000     // NFTA_TABLE_USERDATA: comment
            """)
        #expect(try encoded(.addTable(id, comment: "why")) == hexadecimal(recorded))
    }

    /// `chain nat { type nat hook prerouting priority -100; policy accept; }`
    @Test func aBaseChain() throws {
        let recorded = try bytes(
            """
            0a000000
            0600 0100 74000000              // NFTA_CHAIN_TABLE t
            0800 0300 6e617400              // NFTA_CHAIN_NAME nat
            0800 0700 6e617400              // NFTA_CHAIN_TYPE nat
            0800 0500 00000001              // NFTA_CHAIN_POLICY NF_ACCEPT
            1400 0480                       // NFTA_CHAIN_HOOK
              0800 0100 00000000            //   NFTA_HOOK_HOOKNUM prerouting
              0800 0200 ffffff9c            //   NFTA_HOOK_PRIORITY -100
            """)
        let chain = Chain("nat", hook: BaseHook(.nat, .prerouting, priority: -100), rules: [])
        #expect(try encoded(.addChain(id, chain)) == hexadecimal(recorded))
    }

    /// `map affinity { typeof ip6 saddr : ip6 daddr . th dport; flags dynamic,timeout; size 65536; comment "clients"; }`
    @Test func aDynamicMapWithItsTypes() throws {
        let recorded = try bytes(
            """
            0a000000
            0600 0100 74000000                      // NFTA_SET_TABLE t
            0d00 0200 61666669 6e697479 00000000    // NFTA_SET_NAME affinity
            0800 0300 00000038                      // NFTA_SET_FLAGS eval, timeout, map
            0800 0400 00000008                      // NFTA_SET_KEY_TYPE ipv6_addr
            0800 0500 00000010                      // NFTA_SET_KEY_LEN 16
            0800 0600 0000020d                      // NFTA_SET_DATA_TYPE ipv6_addr . inet_service
            0800 0700 00000014                      // NFTA_SET_DATA_LEN 20
            0800 0a00 00000001                      // NFTA_SET_ID
            0c00 0980                               // NFTA_SET_DESC
              0800 0100 00010000                    //   NFTA_SET_DESC_SIZE
            6c00 0d00                               // NFTA_SET_USERDATA
              00040200 0000                         //   key byte order: big endian
              01040000 0000                         //   data byte order: none
              0314 00040700 0000                    //   key typeof: payload
                010c 00040d00 0000 01040800 0000    //     ip6, saddr
              0434 00040d00 0000 012c               //   data typeof: concatenation
                0014 00040700 0000                  //     payload
                  010c 00040d00 0000 01040900 0000  //       ip6, daddr
                0114 00040700 0000                  //     payload
                  010c 00040b00 0000 01040200 0000  //       th, dport
              06040000 0000                         //   data interval: no
              0708 636c6965 6e747300                //   comment
            """)
        let map = SetDeclaration(
            "affinity", key: [.sourceAddress(.ipv6)],
            contents: .values([.destinationAddress(.ipv6), .destinationPort]),
            isDynamic: true, size: 65536, comment: "clients")
        #expect(try encoded(.addSet(id, map)) == hexadecimal(recorded))
    }

    /// `map slots { typeof ip6 daddr . meta l4proto . th dport . numgen random mod 65536 : verdict; }`
    @Test func aVerdictMapWithEveryKindOfField() throws {
        let recorded = try bytes(
            """
            0a000000
            0600 0100 74000000                      // NFTA_SET_TABLE t
            0a00 0200 736c6f74 73000000             // NFTA_SET_NAME slots
            0800 0300 00000008                      // NFTA_SET_FLAGS map
            0800 0400 0020c344                      // NFTA_SET_KEY_TYPE: six bits each
            0800 0500 0000001c                      // NFTA_SET_KEY_LEN 28
            0800 0600 ffffff00                      // NFTA_SET_DATA_TYPE NFT_DATA_VERDICT
            0800 0700 00000000                      // NFTA_SET_DATA_LEN
            0800 0a00 00000001                      // NFTA_SET_ID
            8200 0d00                               // NFTA_SET_USERDATA
              00040000 0000                         //   key byte order: none
              01040000 0000                         //   data byte order: none
              0360 00040d00 0000 0158               //   key typeof: concatenation
                0014 00040700 0000                  //     payload
                  010c 00040d00 0000 01040900 0000  //       ip6, daddr
                010e 00040900 0000                  //     meta
                  0106 00041000 0000                //       l4proto
                0214 00040700 0000                  //     payload
                  010c 00040b00 0000 01040200 0000  //       th, dport
                031a 00041700 0000                  //     numgen
                  0112 00040100 0000                //       random
                       01040000 0100                //       mod 65536
                       02040000 0000                //       offset 0
              0408 00040100 0000 0100               //   data typeof: verdict
              06040000 0000                         //   data interval: no
            0000                                    // padding
            """)
        let slots = SetDeclaration(
            "slots",
            key: [.destinationAddress(.ipv6), .transportProtocol, .destinationPort, .randomNumber(modulus: 65536)],
            contents: .verdicts)
        #expect(try encoded(.addSet(id, slots)) == hexadecimal(recorded))
    }

    /// `elements = { tcp . 80 comment "ns/a" : goto pick }`
    ///
    /// nft names the set by its number too, since it is made in the same batch.
    @Test func anElement() throws {
        let recorded = try bytes(
            """
            0a000000
            0600 0100 74000000                      // NFTA_SET_ELEM_LIST_TABLE t
            0d00 0200 73657276 69636573 00000000    // NFTA_SET_ELEM_LIST_SET services
            0800 0400 00000001                      // NFTA_SET_ELEM_LIST_SET_ID
            4000 0380                               // NFTA_SET_ELEM_LIST_ELEMENTS
              3c00 0180                             //   NFTA_LIST_ELEM
                1000 0180                           //     NFTA_SET_ELEM_KEY
                  0c00 0100 06000000 00500000       //       NFTA_DATA_VALUE tcp . 80
                1c00 0280                           //     NFTA_SET_ELEM_DATA
                  1800 0280                         //       NFTA_DATA_VERDICT
                    0800 0100 fffffffc              //         NFTA_VERDICT_CODE NFT_GOTO
                    0900 0200 7069636b 00000000     //         NFTA_VERDICT_CHAIN pick
                0b00 0600 00056e73 2f610000         //     NFTA_SET_ELEM_USERDATA: comment
            """)
        let services = SetDeclaration("services", key: [.transportProtocol, .destinationPort], contents: .verdicts)
        let element = Element(
            Tuple(.transportProtocol(.tcp), .port(80)), .verdict(.goto("pick")), comment: "ns/a")
        let batch = Batch(operations: [.addSet(id, services), .addElements(id, SetElements("services", [element]))])
        let all = try messages(batch.bytes)
        try #require(all.count == 4)
        #expect(hexadecimal(all[2].dropFirst(16)) == hexadecimal(recorded))
    }

    /// A key of a single field has no padding: `set ports { typeof th dport; elements = { 80 }; }`
    @Test func anElementOfASingleField() throws {
        let recorded = try bytes(
            """
            0a000000
            0600 0100 74000000                      // NFTA_SET_ELEM_LIST_TABLE t
            0a00 0200 706f7274 73000000             // NFTA_SET_ELEM_LIST_SET ports
            1400 0380                               // NFTA_SET_ELEM_LIST_ELEMENTS
              1000 0180                             //   NFTA_LIST_ELEM
                0c00 0180                           //     NFTA_SET_ELEM_KEY
                  0600 0100 00500000                //       NFTA_DATA_VALUE 80
            """)
        let list = SetElements("ports", [Element(Tuple(.port(80)))])
        #expect(try encoded(.addElements(id, list)) == hexadecimal(recorded))
    }

    /// `meta l4proto tcp goto pick comment "x"`
    @Test func aRule() throws {
        let recorded = try bytes(
            """
            0a000000
            0600 0100 74000000                      // NFTA_RULE_TABLE t
            0600 0200 61000000                      // NFTA_RULE_CHAIN a
            9000 0480                               // NFTA_RULE_EXPRESSIONS
              2400 0180                             //   NFTA_LIST_ELEM
                0900 0100 6d657461 00000000         //     NFTA_EXPR_NAME meta
                1400 0280                           //     NFTA_EXPR_DATA
                  0800 0200 00000010                //       NFTA_META_KEY NFT_META_L4PROTO
                  0800 0100 00000001                //       NFTA_META_DREG NFT_REG_1
              2c00 0180                             //   NFTA_LIST_ELEM
                0800 0100 636d7000                  //     NFTA_EXPR_NAME cmp
                2000 0280                           //     NFTA_EXPR_DATA
                  0800 0100 00000001                //       NFTA_CMP_SREG NFT_REG_1
                  0800 0200 00000000                //       NFTA_CMP_OP NFT_CMP_EQ
                  0c00 0380                         //       NFTA_CMP_DATA
                    0500 0100 06000000              //         NFTA_DATA_VALUE tcp
              3c00 0180                             //   NFTA_LIST_ELEM
                0e00 0100 696d6d65 64696174 65000000  //   NFTA_EXPR_NAME immediate
                2800 0280                           //     NFTA_EXPR_DATA
                  0800 0100 00000000                //       NFTA_IMMEDIATE_DREG NFT_REG_VERDICT
                  1c00 0280                         //       NFTA_IMMEDIATE_DATA
                    1800 0280                       //         NFTA_DATA_VERDICT
                      0800 0100 fffffffc            //           NFTA_VERDICT_CODE NFT_GOTO
                      0900 0200 7069636b 00000000   //           NFTA_VERDICT_CHAIN pick
            0800 0700 00027800                      // NFTA_RULE_USERDATA: comment
            """)
        let rule = Rule(.matchProtocol(.tcp), .verdict(.goto("pick")), comment: "x")
        #expect(try encoded(.addRule(id, chain: "a", rule)) == hexadecimal(recorded))
    }
}
