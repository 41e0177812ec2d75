"""Money of partners that somebody holds back: of a partner, of an order, or of one line. Table `settlement_holds`,
`held → released`. What is on hold is in no batch that is closed, and no batch with it is paid."""
