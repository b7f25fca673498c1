import DICOMCore
import DICOMEncoding
import DICOMFile
import Inputs
import RuleEngine

/// An input read as DICOM, once in each pass, in the same way.
enum InstanceReading {
    case instance(DICOMFile, Evaluation)
    /// DICOM, or called so, that cannot be read to its end: it is sequestered, for nobody knows what is in it.
    case unreadable(ParseError)
    /// Something else, which is left alone.
    case notDICOM

    /// - Parameter key: makes an instance without a readable study a study of its own.
    init(_ input: OpenedInput, name: InputName, key: InputKey, evaluator: Evaluator) {
        do throws(ParseError) {
            let file = try input.file()
            var evaluation = evaluator.evaluate(file)
            evaluation.study.fallback = evaluation.study.uid == nil ? key.text : ""
            self = .instance(file, evaluation)
        } catch {
            self = error.code == .notDICOM && !name.promisesDICOM ? .notDICOM : .unreadable(error)
        }
    }
}
