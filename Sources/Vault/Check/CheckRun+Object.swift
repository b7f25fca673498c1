import Glibc
import Host

extension CheckRun {
    /// One object: its file, its envelope, its bytes, and what the registry says.
    func checkObject(_ name: ObjectName, in place: Place) throws {
        guard let status = FileSystem.status(place.object(name)) else { return }
        if let since = options.storedSince, Instant(status) < since { return }
        guard FileKind(mode: status.st_mode) == .file, let file = try place.open(name) else {
            find(.stray, "it is no regular file; see what it is, and move it away", file: self.file(name), in: place)
            return
        }
        // Being stored just now: its maker knows of it.
        if status.st_nlink > 1, isBeingStored(status, in: place) { return }
        let digest = checkEnvelope(name, in: place)
        // From the disk, not from memory, as far as the system lets us.
        posix_fadvise(file.number, 0, 0, POSIX_FADV_DONTNEED)
        if let digest, try !checkBytes(Vault.Found(place: place, file: file), name, digest) { return }
        report.count += 1
        report.bytes += Int64(status.st_size)
        checkProtection(status, file, name, digest, in: place)
        if let digest { try checkRegistered(digest, name, in: place) }
        let others = places.filter { $0 != place && FileSystem.status($0.object(name)) != nil }
        if place.isHome, let other = others.first, FileSystem.status(place.object(name)) != nil {
            find(
                .twice, "it lies in `\(other.path)`, too, for a move was interrupted; the next one goes on",
                digest: digest,
                file: self.file(name), in: place)
        }
    }

    private func isBeingStored(_ status: stat, in place: Place) -> Bool {
        let names = (try? FolderListing.names(in: place.temporary)) ?? []
        return names.contains { name in
            let path = "\(place.temporary)/\(name)"
            return FileSystem.status(path)?.st_ino == status.st_ino && TemporaryFile.abandoned(path) == nil
        }
    }

    /// The digest that the envelope says; nil when it says none, which is told.
    private func checkEnvelope(_ name: ObjectName, in place: Place) -> String? {
        guard vault.mode == .encrypted else { return name.text }
        guard FileSystem.status(place.envelope(name)) != nil else {
            guard FileSystem.status(place.object(name)) != nil else { return nil }
            find(.envelopeMissing, "its envelope is missing; restore it from your backup", file: file(name), in: place)
            if options.restores { try? restore(name, in: place) }
            return nil
        }
        do throws(VaultError) {
            return try vault.envelope(of: name, at: place, nil).digest
        } catch {
            let kind: Finding.Kind = error.code == .key ? .keyMissing : .envelopeDamaged
            find(
                kind, "\(error.message); restore it from your backup", file: file(name) + Place.envelopeSuffix,
                in: place)
            if options.restores, kind == .envelopeDamaged { try? restore(name, in: place) }
            return nil
        }
    }

    /// False when the object has gone meanwhile.
    private func checkBytes(_ found: Vault.Found, _ name: ObjectName, _ digest: String) throws -> Bool {
        do {
            guard try vault.name(of: digest) == name else {
                throw VaultError(.corrupt, "its envelope says another digest than its name", digest: digest)
            }
            try vault.readBytes(found, name, digest) { _ in }
        } catch let error as VaultError {
            guard error.code == .corrupt else { throw error }
            guard FileSystem.status(found.place.object(name)) != nil else { return false }
            find(.corrupt, error.message, digest: digest, file: file(name), in: found.place)
            if options.restores { try restore(name, in: found.place) }
        }
        return true
    }

    /// Puts a damaged copy aside when another place has the object whole: nothing is guessed, for the digest decides.
    private func restore(_ name: ObjectName, in place: Place) throws {
        for other in places where other != place {
            guard let file = try other.open(name), let damaged = FileSystem.status(place.object(name)) else { continue }
            let found = Vault.Found(place: other, file: file)
            // The name is a keyed hash of the digest, and the envelope is bound to the name.
            let digest = vault.mode == .plain ? name.text : try? vault.envelope(of: name, at: other, nil).digest
            guard let digest, (try? vault.readBytes(found, name, digest) { _ in }) != nil else { continue }
            try vault.setAside(name, in: place, Fingerprint(damaged))
            report.restored.append(digest)
            return
        }
    }

    private func checkProtection(
        _ status: stat, _ file: Descriptor, _ name: ObjectName, _ digest: String?, in place: Place
    ) {
        if status.st_nlink > 1 {
            find(
                .linked, "the file has \(status.st_nlink) names; find the others and remove them", digest: digest,
                file: self.file(name), in: place)
        }
        if status.st_mode & 0o777 != 0o400 {
            let mode = String(status.st_mode & 0o777, radix: 8)
            ImmutableFlag.put(false, file)
            let isRight = fchmod(file.number, 0o400) == 0
            let outcome = isRight ? "it is 400 again" : "run `chmod 400` on it"
            find(.mode, "its mode was \(mode); \(outcome)", digest: digest, file: self.file(name), in: place)
        }
        // Whoever died between storing and confirming has not set it.
        if vault.isWritable { ImmutableFlag.protect(file) }
        if ImmutableFlag.isSet(file) == true { report.immutableCount += 1 }
    }

    private func checkRegistered(_ digest: String, _ name: ObjectName, in place: Place) throws {
        guard let records = options.records else { return }
        let state = try records.state(of: digest)
        guard FileSystem.status(place.object(name)) != nil else { return }
        switch state {
        case .kept: break
        case .unknown:
            find(
                .unregistered, "the registry knows nothing of it; `cordon vault add` of the same bytes records it",
                digest: digest, file: file(name), in: place)
        case .removed:
            find(
                .undeleted, "the registry has recorded that it was removed; `cordon vault delete` of it goes on",
                digest: digest, file: file(name), in: place)
        }
    }
}
