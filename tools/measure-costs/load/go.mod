module plimsoll.example/measure-costs/load

go 1.26.0
