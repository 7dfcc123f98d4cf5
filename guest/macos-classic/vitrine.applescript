-- Vitrine's guest kit for Mac OS 8.5 to 9.2: sees that the artwork's program is there, starts it anew where it is not,
-- and tells the museum's computer. "vitrine.ini" beside it says what; docs/guest-macos-classic.md says how.
--
-- To be saved by the Script Editor as an application that stays open and shows no start-up screen.

property kitVersion : "0.1.0"

-- As the INI has them; times in seconds.
property hostAddress : "192.168.122.1"
property hostPort : "8000"
property hostExhibit : ""
property beatEvery : 2
property artworkStart : ""
property artworkProgram : ""
property startWithin : 120
property onFault : "restart"
property maxRestarts : 3
property wantsFront : true

-- What the kit knows. A script application would keep it from one run to the next, so that it is set at its beginning.
property artworkState : "starting"
property stateSince : 0
property restarts : 0
property restartsSince : 0
property askAt : 0
property hasTold : false
property wasSeen : false
property folderPath : ""

on run
	tell application "Finder" to set folderPath to (container of file (path to me)) as string
	readSettings()
	set artworkState to "starting"
	set stateSince to current date
	set restarts to 0
	set restartsSince to current date
	set askAt to current date
	set hasTold to false
	set wasSeen to false
	note("the kit begins: vitrine-guest/" & kitVersion)
	if artworkProgram is not "" and not isRunning() then startArtwork()
end run

-- Called again and again; what it returns is how long until the next time, in seconds.
on idle
	set fault to watch()
	if artworkState is not "asking" or ((current date) - stateSince) < 30 then
		set beatStatus to artworkState
		if beatStatus is "asking" then set beatStatus to "ill"
		set heard to call("/heartbeat?status=" & beatStatus & fault)
		if heard and not hasTold then
			set hasTold to true
			call("/signal/boot?value=start")
		end if
	end if
	if artworkState is "asking" and (current date) >= askAt then
		set askAt to (current date) + 30
		call("/revert/request?severity=high&reason=the+artwork+is+not+running")
	end if
	return beatEvery
end idle

on quit
	note("the kit ends")
	continue quit
end quit

-- The artwork

on isRunning()
	tell application "Finder" to set names to name of every process
	return names contains artworkProgram
end isRunning

on startArtwork()
	note("the artwork is started")
	set artworkState to "starting"
	set stateSince to current date
	set wasSeen to false
	if artworkStart is "" then return
	try
		tell application "Finder" to open file artworkStart
	on error problem
		note("the artwork cannot be started: " & problem)
	end try
end startArtwork

-- One look: what is wrong, as the host is told it, and what is done about it.
on watch()
	if artworkProgram is "" then
		set artworkState to "ok"
		return ""
	end if
	if isRunning() then
		if artworkState is not "ok" then
			note("the artwork is well")
			set artworkState to "ok"
			set wasSeen to true
			if wantsFront then
				try
					tell application "Finder" to set frontmost of process artworkProgram to true
				end try
			end if
		end if
		return ""
	end if
	if artworkState is "ok" then
		note("something is wrong: the artwork is not running")
		set artworkState to "ill"
		set stateSince to current date
	else if artworkState is "ill" then
		remedy()
	else if artworkState is "starting" then
		if wasSeen or ((current date) - stateSince) >= startWithin then remedy()
	end if
	return "&message=the+artwork+is+not+running"
end watch

on remedy()
	if onFault is "tell" then
		set artworkState to "ill"
		return
	end if
	if onFault is "restart" and artworkStart is not "" then
		if ((current date) - restartsSince) > 600 then set restarts to 0
		if restarts is 0 then set restartsSince to current date
		set restarts to restarts + 1
		if restarts <= maxRestarts then
			startArtwork()
			return
		end if
	end if
	note("the host is asked to put everything back")
	set artworkState to "asking"
	set stateSince to current date
	set askAt to current date
end remedy

-- The host

on call(callPath)
	set address to "http://" & hostAddress & ":" & hostPort & "/api/v1"
	if hostExhibit is not "" then set address to address & "/exhibits/" & hostExhibit
	try
		-- A restored snapshot leaves connections behind that never end by themselves.
		with timeout of 5 seconds
			tell application "URL Access Scripting"
				download (address & callPath) to file (folderPath & "vitrine answer") replacing yes
			end tell
		end timeout
		return true
	on error
		return false
	end try
end call

-- The INI and the log

on readSettings()
	set theText to ""
	try
		set theText to read file (folderPath & "vitrine.ini")
	on error
		note("there is no INI file, or it cannot be read")
	end try
	set theSection to ""
	repeat with theLine in paragraphs of theText
		set theLine to trimmed(theLine as string)
		if theLine is "" or theLine starts with ";" or theLine starts with "#" then
			-- A comment.
		else if theLine starts with "[" then
			set theSection to theLine
		else if theLine contains "=" then
			set thePlace to offset of "=" in theLine
			set theKey to ""
			if thePlace > 1 then set theKey to trimmed(text 1 thru (thePlace - 1) of theLine)
			set theValue to ""
			if thePlace < (length of theLine) then set theValue to trimmed(text (thePlace + 1) thru -1 of theLine)
			if theValue is not "" then
				try
					takeSetting(theSection & theKey, theValue)
				on error
					note("INI file: this cannot be read: " & theLine)
				end try
			end if
		else
			note("INI file: a = is missing: " & theLine)
		end if
	end repeat
	if artworkProgram is "" and artworkStart is not "" then set artworkProgram to lastPart(artworkStart)
end readSettings

on takeSetting(theKey, theValue)
	if theKey is "[host]address" then
		set hostAddress to theValue
	else if theKey is "[host]port" then
		set hostPort to (theValue as integer) as string
	else if theKey is "[host]exhibit" then
		set hostExhibit to theValue
	else if theKey is "[host]beat" then
		set beatEvery to secondsOf(theValue)
	else if theKey is "[artwork]start" then
		set artworkStart to unquoted(theValue)
	else if theKey is "[artwork]program" then
		set artworkProgram to theValue
	else if theKey is "[artwork]start_within" then
		set startWithin to secondsOf(theValue)
	else if theKey is "[artwork]on_fault" then
		if {"restart", "revert", "tell"} contains theValue then
			set onFault to theValue
		else
			error "no such word"
		end if
	else if theKey is "[artwork]restarts" then
		set maxRestarts to theValue as integer
	else if theKey is "[artwork]front" then
		set wantsFront to theValue is "yes"
	else
		error "no such key"
	end if
end takeSetting

on secondsOf(theValue)
	if (count words of theValue) is 1 then return (theValue as integer)
	set theNumber to (word 1 of theValue) as integer
	set theUnit to word 2 of theValue
	if theUnit is "ms" then return 1
	if theUnit is "s" then return theNumber
	if theUnit is "min" then return theNumber * 60
	if theUnit is "h" then return theNumber * 3600
	error "no such unit"
end secondsOf

on unquoted(theValue)
	if (length of theValue) > 2 and theValue starts with "\"" and theValue ends with "\"" then return text 2 thru -2 of theValue
	return theValue
end unquoted

on lastPart(thePath)
	set oldDelimiters to AppleScript's text item delimiters
	set AppleScript's text item delimiters to ":"
	set thePart to last text item of thePath
	set AppleScript's text item delimiters to oldDelimiters
	return thePart
end lastPart

on trimmed(theText)
	repeat while theText is not "" and {" ", tab, ASCII character 10} contains (character 1 of theText)
		if (length of theText) is 1 then return ""
		set theText to text 2 thru -1 of theText
	end repeat
	repeat while theText is not "" and {" ", tab, ASCII character 10} contains (last character of theText)
		if (length of theText) is 1 then return ""
		set theText to text 1 thru -2 of theText
	end repeat
	return theText
end trimmed

-- The log begins anew when it has 128 KB.
on note(theLine)
	try
		set theLog to open for access file (folderPath & "vitrine.log") with write permission
		if (get eof theLog) > 131072 then set eof theLog to 0
		write (((current date) as string) & "  " & theLine & return) to theLog starting at ((get eof theLog) + 1)
		close access theLog
	on error
		try
			close access file (folderPath & "vitrine.log")
		end try
	end try
end note
