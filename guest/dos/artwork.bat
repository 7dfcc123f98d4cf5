@ECHO OFF
REM Starts the artwork with a heartbeat over COM1. Called from the last line of AUTOEXEC.BAT.
C:\VITRINE\BEAT
C:
CD \GARDEN
GARDEN.EXE
REM Only where the artwork has ended does DOS come here.
C:\VITRINE\BEAT /Q
