import CDICOMTables

/// The C tables in safe terms: indices in, texts and numbers out. Every index that goes in came out of a search here.
enum Tables {
    // SAFETY: every offset and index is one that the generator wrote into the constant tables; texts end with NUL and
    // live as long as the process. A Swift string with a NUL inside is cut there by C and so found only if its first
    // part is an entry, which `agrees` excludes.

    static func findKeyword(_ text: String) -> Int32 {
        agrees(text) ? unsafe text.withCString { unsafe cdicom_find_keyword($0) } : -1
    }

    static func findUID(_ text: String) -> Int32 {
        agrees(text) ? unsafe text.withCString { unsafe cdicom_find_uid($0) } : -1
    }

    static func findCreator(_ text: String) -> Int32 {
        agrees(text) ? unsafe text.withCString { unsafe cdicom_find_creator($0) } : -1
    }

    static func findIOD(sopClass text: String) -> Int32 {
        agrees(text) ? unsafe text.withCString { unsafe cdicom_find_iod($0) } : -1
    }

    static func elementText(_ offset: UInt32) -> String { unsafe String(cString: cdicom_element_string(offset)) }
    static func uidText(_ offset: UInt32) -> String { unsafe String(cString: cdicom_uid_string(offset)) }
    static func privateText(_ offset: UInt32) -> String { unsafe String(cString: cdicom_private_string(offset)) }
    static func iodText(_ offset: UInt32) -> String { unsafe String(cString: cdicom_iod_string(offset)) }

    private static func agrees(_ text: String) -> Bool { !text.utf8.contains(0) }
}
