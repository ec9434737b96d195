import JaneeCLI

await JaneeProgram.main()
