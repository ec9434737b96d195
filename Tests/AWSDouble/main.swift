import JaneeJSON
import JaneeTestSupport

// The doubles of AWS as a program: says in one line of JSON where they listen, then takes a command a line until its input
// ends.

let doubles = Doubles(now: { WallClock.sinceEpoch })
let services = try await DoubleServer.serve(doubles.services)
let instance = try await DoubleServer.serve(doubles.instance)
let container = try await DoubleServer.serve(doubles.container)

Output.line([
    "address": .string("http://127.0.0.1:\(services.port)"),
    "instance_address": .string("http://127.0.0.1:\(instance.port)"),
    "container_address": .string("http://127.0.0.1:\(container.port)"),
])

while let line = readLine() {
    Output.line(doubles.run(line))
}
