import DICOMCore
import DICOMEncoding
import DICOMFile
import Inputs
import RuleEngine

/// An input read as DICOM, once in each pass, in the same way.
enum InstanceReading {
    case instance(DICOMFile, Evaluation)
    /// DICOM, or called so, that cannot be read to its end: it is sequestered, for nobody knows what is in it. What its
    /// beginning says counts for its study; nil when there is none.
    case unreadable(ParseError, beginning: Evaluation?)
    /// Something else, which is left alone.
    case notDICOM

    /// - Parameter key: makes an instance without a readable study a study of its own.
    init(_ input: OpenedInput, name: InputName, key: InputKey, evaluator: Evaluator) {
        func evaluation(of file: DICOMFile) -> Evaluation {
            var evaluation = evaluator.evaluate(file)
            evaluation.study.fallback = evaluation.study.uid == nil ? key.text : ""
            return evaluation
        }
        do throws(ParseError) {
            let file = try input.file()
            self = .instance(file, evaluation(of: file))
        } catch {
            if error.code == .notDICOM, !name.promisesDICOM {
                self = .notDICOM
            } else {
                self = .unreadable(error, beginning: input.beginning().map { evaluation(of: $0).ofBeginning })
            }
        }
    }
}
