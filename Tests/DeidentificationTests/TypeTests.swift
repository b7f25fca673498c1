import DICOMCore
import DICOMDictionary
import RuleLanguage
import Testing

@testable import Deidentification

/// Every action against every Type.
@Suite struct TypeTests {
    private func disposals(_ action: ProfileAction) -> [Disposal] {
        let profile = CompiledProfile(.of([(.tag(.patientName), action)]))
        let treatment = profile.treatment(of: .patientName, vr: .PN)
        return [Requirement.value, .presence, .nothing, nil].map { profile.disposal(treatment, for: $0) }
    }

    @Test func `Types are counted with their conditional forms`() {
        #expect(Requirement(.type1) == .value && Requirement(.type1C) == .value)
        #expect(Requirement(.type2) == .presence && Requirement(.type2C) == .presence)
        #expect(Requirement(.type3) == .nothing && Requirement(nil) == .nothing)
    }

    @Test func `no action breaks an IOD, and compound codes follow it`() {
        #expect(disposals(.remove) == [.dummy, .empty, .remove, .remove])
        #expect(disposals(.clean) == [.clean, .clean, .clean, .clean])
        #expect(disposals(.empty) == [.dummy, .empty, .empty, .empty])
        #expect(disposals(.dummy) == [.dummy, .dummy, .dummy, .dummy])
        #expect(disposals(.keep) == [.keep, .keep, .keep, .keep])
        #expect(disposals(.byType(type1: .dummy, type2: .empty, type3: .remove)) == [.dummy, .empty, .remove, .dummy])
        #expect(disposals(.byType(type1: .uid, type2: .empty, type3: .remove)) == [.uid, .empty, .remove, .uid])
        // A compound that says less than the IOD asks for is bent as well.
        #expect(
            disposals(.byType(type1: .remove, type2: .remove, type3: .remove)) == [.dummy, .empty, .remove, .remove])
    }
}
