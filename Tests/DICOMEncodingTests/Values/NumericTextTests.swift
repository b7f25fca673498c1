import DICOMEncoding
import Testing

@Suite struct NumericTextTests {
    @Test(arguments: [
        ("1", 1, "1"), (" +007.50 ", 7.5, "7.50"), ("-.5", -0.5, "-0.5"), ("5.", 5, "5"), ("1E+3", 1000, "1e+3"),
        ("1.5e-02", 0.015, "1.5e-02"), ("-0", 0, "-0"), ("00", 0, "0"),
        ("0.10000000000000000555", 0.1, "0.10000000000000000555"),
    ])
    func `a decimal string is a number, and the same digits in JSON`(text: String, value: Double, json: String) throws {
        #expect(try NumericText.decimal(text) == value)
        #expect(NumericText.json(text) == json)
    }

    @Test(arguments: [
        "", " ", ".", "+", "-", "1e", "1e+", "e5", "1 2", "- 1", "0x10", "nan", "inf", "1,5", "1.2.3", "--1", "1f", "१",
        "\t1", "1\n",
    ])
    func `what is no decimal string is an error`(text: String) {
        #expect(code { _ = try NumericText.decimal(text) } == .malformedNumber)
        #expect(NumericText.json(text) == nil)
    }

    @Test func `a number beyond what can be computed with is an error`() {
        #expect(code { _ = try NumericText.decimal("1e999") } == .malformedNumber)
    }

    @Test func `an integer string has 32 bits`() throws {
        #expect(try NumericText.integer(" -2147483648 ") == -2_147_483_648)
        #expect(try NumericText.integer("+2147483647") == 2_147_483_647)
        for text in ["2147483648", "-2147483649", "1.0", "1e3", "", "0x1", "99999999999999999999", "1 000"] {
            #expect(code { _ = try NumericText.integer(text) } == .malformedNumber)
        }
    }
}
