#include "go_asm.h"
#include "textflag.h"

// The loops are one, for one, two and three vectors of 32 bytes. A row's cell is compared with its prompt byte by byte; ANDN
// keeps the bits of the bytes that count and differ.
//
//	DI prompts   SI text   R8 picked   R9 from   R10 at   R11 codes   R12 wrong   CX rows
//	R13 row      AX the row's prompt   DX where its cell begins       R14 what is wrong   BX all that is wrong

#define BEGIN \
	MOVQ prompts+0(FP), DI; \
	MOVQ text+8(FP), SI; \
	MOVQ picked+16(FP), R8; \
	MOVQ from+24(FP), R9; \
	MOVQ at+32(FP), R10; \
	MOVQ wrong+40(FP), R12; \
	MOVQ codes+48(FP), R11; \
	MOVQ n+56(FP), CX; \
	XORL R13, R13; \
	XORL BX, BX; \
	TESTQ CX, CX; \
	JLE done

#define ROW \
	MOVBLZX (R8)(R13*1), AX; \
	IMUL3Q $prompt__size, AX, AX; \
	ADDQ DI, AX; \
	MOVL (R9)(R13*4), DX

#define COMPARE(i, vector, bits) \
	VMOVDQU (32*i)(SI)(DX*1), vector; \
	VPCMPEQB (prompt_text+32*i)(AX), vector, vector; \
	VPMOVMSKB vector, bits

#define NEXT \
	ORQ prompt_never(AX), R14; \
	MOVQ R14, (R12)(R13*8); \
	ORQ R14, BX; \
	ADDL prompt_step(AX), DX; \
	MOVL DX, (R10)(R13*4); \
	MOVWLZX prompt_code(AX), DX; \
	MOVW DX, (R11)(R13*2); \
	INCQ R13; \
	CMPQ R13, CX; \
	JLT loop

#define END \
	VZEROUPPER; \
	MOVQ BX, bad+64(FP); \
	RET

// func verify32(prompts *[mostGuesses + 1]prompt, text unsafe.Pointer, picked *[laneRows]uint8, from, at *[laneRows]uint32, wrong *[laneRows]uint64, codes *int16, n int) (bad uint64)
TEXT ·verify32(SB), NOSPLIT, $0-72
	BEGIN

loop:
	ROW
	COMPARE(0, Y0, R14)
	ANDNQ prompt_bytes(AX), R14, R14
	NEXT

done:
	END

// func verify64(prompts *[mostGuesses + 1]prompt, text unsafe.Pointer, picked *[laneRows]uint8, from, at *[laneRows]uint32, wrong *[laneRows]uint64, codes *int16, n int) (bad uint64)
TEXT ·verify64(SB), NOSPLIT, $0-72
	BEGIN

loop:
	ROW
	COMPARE(0, Y0, R14)
	COMPARE(1, Y1, R15)
	SHLQ $32, R15
	ORQ  R15, R14
	ANDNQ prompt_bytes(AX), R14, R14
	NEXT

done:
	END

// func verify96(prompts *[mostGuesses + 1]prompt, text unsafe.Pointer, picked *[laneRows]uint8, from, at *[laneRows]uint32, wrong *[laneRows]uint64, codes *int16, n int) (bad uint64)
TEXT ·verify96(SB), NOSPLIT, $0-72
	BEGIN

loop:
	ROW
	COMPARE(0, Y0, R14)
	COMPARE(1, Y1, R15)
	SHLQ $32, R15
	ORQ  R15, R14
	ANDNQ prompt_bytes(AX), R14, R14
	COMPARE(2, Y2, R15)
	ANDNQ (prompt_bytes+8)(AX), R15, R15
	ORQ  R15, R14
	NEXT

done:
	END
