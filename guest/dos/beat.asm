; BEAT.COM: a heartbeat over the serial port, for DOS on an 8086 or later. See docs/guest-dos.md.
;
;   BEAT [1-4]   stay in memory, and write a line to this port every two seconds (COM1 unless said)
;   BEAT /Q      be quiet from now on: the artwork has ended
;
; The line is written by the timer's interrupt, a byte a tick, and never waited for: a port whose other end hears
; nothing loses bytes, and holds nothing up.

        cpu     8086
        org     100h

PERIOD  equ     36              ; ticks between two lines, of which a second has 18.2
LENGTH  equ     6               ; of the line

        jmp     start

; ---- what stays in memory

mark    db      'Vitrine'
MARK_LENGTH equ $ - mark
old     dd      0               ; whoever had the interrupt before
port    dw      0
count   dw      PERIOD
on      db      1
line    db      'BEAT', 13, 10

tick:   pushf
        call    far [cs:old]
        push    ax
        push    bx
        push    dx
        push    ds
        push    cs
        pop     ds
        cmp     byte [on], 0
        je      .done
        mov     bx, [count]
        dec     bx
        jnz     .count
        mov     bx, PERIOD
.count: mov     [count], bx
        cmp     bx, LENGTH
        ja      .done
        mov     dx, [port]
        add     dx, 5           ; line status register
        in      al, dx
        test    al, 20h         ; room for a byte
        jz      .done
        sub     dx, 5
        neg     bx
        mov     al, [bx + line + LENGTH]
        out     dx, al
.done:  pop     ds
        pop     dx
        pop     bx
        pop     ax
        iret

; ---- what does not

start:  cld
        mov     si, 81h         ; the command line
        mov     bl, '1'
.next:  lodsb
        cmp     al, 13
        je      .read
        cmp     al, ' '
        jbe     .next
        cmp     al, '/'
        je      .quiet
        cmp     al, '1'
        jb      usage
        cmp     al, '4'
        ja      usage
        mov     bl, al
        jmp     .next
.quiet: lodsb
        and     al, 0dfh
        cmp     al, 'Q'
        jne     usage
        call    find
        jne     absent
        mov     byte [es:on], 0
        mov     dx, is_off
        jmp     say
.read:  mov     [digit], bl
        call    find
        jne     stay
        ; There already, and perhaps quiet.
        mov     byte [es:on], 1
        mov     dx, is_on
        jmp     say

stay:   sub     bl, '1'
        xor     bh, bh
        shl     bx, 1
        mov     ax, 40h         ; the BIOS's list of serial ports
        mov     es, ax
        mov     dx, [es:bx]
        or      dx, dx
        jz      no_port
        mov     [port], dx
        mov     bx, dx
        add     dx, 3           ; 9600 bits a second, 8 bits, no parity, 1 stop bit
        mov     al, 83h
        out     dx, al
        mov     dx, bx
        mov     al, 12
        out     dx, al
        inc     dx
        mov     al, 0
        out     dx, al
        add     dx, 2
        mov     al, 3
        out     dx, al
        inc     dx              ; ready to send
        out     dx, al
        sub     dx, 3           ; no interrupts of its own
        mov     al, 0
        out     dx, al
        mov     ax, 3508h
        int     21h
        mov     [old], bx
        mov     [old + 2], es
        mov     dx, tick
        mov     ax, 2508h
        int     21h
        mov     dx, is_on
        mov     ah, 9
        int     21h
        mov     es, [2ch]       ; the copy of the environment
        mov     ah, 49h
        int     21h
        mov     dx, (start - $$ + 100h + 15) / 16
        mov     ax, 3100h
        int     21h

; Whether it is in memory (equal), and in which segment (es).
find:   push    bx
        mov     ax, 3508h
        int     21h
        cmp     bx, tick
        jne     .done
        mov     si, mark
        mov     di, mark
        mov     cx, MARK_LENGTH
        repe    cmpsb
.done:  pop     bx
        ret

say:    mov     ah, 9
        int     21h
        mov     ax, 4c00h
        int     21h

usage:  mov     dx, how
        jmp     fail
absent: mov     dx, is_absent
        jmp     fail
no_port:
        mov     dx, is_no_port
fail:   mov     ah, 9
        int     21h
        mov     ax, 4c01h
        int     21h

how     db      'usage: BEAT [1-4], or BEAT /Q', 13, 10, '$'
is_on   db      'BEAT: the host hears a heartbeat over the serial port.', 13, 10, '$'
is_off  db      'BEAT: no heartbeat any more.', 13, 10, '$'
is_absent db    'BEAT: it is not in memory, or another program has taken the timer since.', 13, 10, '$'
is_no_port db   'BEAT: this computer has no COM'
digit   db      '1.', 13, 10, '$'
