import DotenvProvider
import JaneeCLI

await JaneeProgram.main(providers: [DotenvProviderDefinition()])
