import ConfigurationFile

/// The secrets of one `[[service]]`, read anew for each join: an administrator may put them right at any time.
struct ServiceSecrets {
    struct Secret {
        var text: String?
        /// Why the file cannot be read.
        var problem: String?

        init(_ file: String?) {
            guard let file else { return }
            do {
                text = try SecretFile.read(file)
            } catch {
                problem = "\(file): \(error)"
            }
        }
    }

    let service: String
    let api: Secret
    let host: Secret

    init(_ service: RoomConfiguration.Service) {
        self.init(service: service.name, apiFile: service.apiSecretFile, hostFile: service.hostSecretFile)
    }

    init(service: String, apiFile: String?, hostFile: String?) {
        self.service = service
        api = Secret(apiFile)
        host = Secret(hostFile)
    }

    /// As health problems by their codes; a text that is nil says that there is none any more.
    var problems: [(code: String, text: String?)] {
        [
            (
                "service.\(service).apiSecret",
                api.problem.map {
                    "The api_secret_file of service “\(service)” cannot be read (\($0)): no meeting there can be joined. "
                        + "It is read again at the next join."
                }
            ),
            (
                "service.\(service).hostSecret",
                host.problem.map {
                    "The host_secret_file of service “\(service)” cannot be read (\($0)): "
                        + "the room joins meetings there, but cannot act as their host. "
                        + "It is read again at the next join."
                }
            ),
        ]
    }
}
